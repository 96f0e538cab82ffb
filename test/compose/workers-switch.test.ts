import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ask } from '../support/http-client.js';
import { base, changeUnderLoad, predictOnBoth, startTwo } from '../support/switched-workers.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();

describe('a change of the student, or of its threshold, with two workers', () => {
  it('fails no request, splits none, and holds for all that come after its answer', async () => {
    await changeUnderLoad(await startTwo(join(directory, 'switched')), 8);
  });

  it('holds in both when it is a rollback, another target, or the same target again', async () => {
    const { gateway, versions } = await startTwo(join(directory, 'changed'));
    const { port } = gateway;
    const thresholdsNow = async (): Promise<readonly (number | null)[]> => [
      ...new Set((await predictOnBoth(port)).map(({ threshold }) => threshold)),
    ];
    const [before] = await thresholdsNow();
    const rolledBack = await ask(port, 'POST', `${base}/rollback`, {});
    const others = await predictOnBoth(port);
    const patched = await ask(port, 'PATCH', `${base}/policy`, { riskMax: 0.001 });
    const stricter = await thresholdsNow();
    await ask(port, 'PATCH', `${base}/policy`, { riskMax: 0.05 });
    const [again, ...rest] = await thresholdsNow();
    await gateway.stop();

    assert.deepEqual([rolledBack.status, patched.status], [200, 200]);
    assert.notEqual(before, null);
    assert.deepEqual([...new Set(others.map((answer) => answer.studentVersion))], [versions[0]]);
    assert.deepEqual(stricter, [null]);
    assert.notEqual(again, null);
    assert.deepEqual(rest, []);
  });
});
