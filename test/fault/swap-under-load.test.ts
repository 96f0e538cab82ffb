import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openRegistry } from '../../src/registry/registry.js';
import type { AnswerJson, BatchAnswerJson, TaskJson } from '../../src/http/api-types.js';
import { ask, predictAll } from '../support/http-client.js';
import { openGateway } from '../support/gateway.js';
import { startLoad } from '../support/load.js';
import { writeSquareBundle } from '../support/square-bundle.js';
import { sureSquare, unsureSquare, writeSquaresFile } from '../support/squares-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const directory = temporaryDirectory();
const base = '/v1/tasks/squares';

/** A data directory with three students that agree but for how sure they are. */
async function openThree(): Promise<{ port: number; versions: string[] }> {
  // Explored and holdout rows would add evidence, and thresholds would move by themselves.
  const file = writeSquaresFile(join(directory, 'squares'), {
    policy: { holdoutRate: 1e-6, exploreRate: 0 },
  });
  const dataDir = join(directory, 'data');
  mkdirSync(dataDir, { recursive: true });
  const dir = join(dataDir, 'tasks', 'squares', 'students');
  const registry = await openRegistry({ dir, now: () => 1 });
  for (const steepness of [8, 20, 50]) {
    const source = writeSquareBundle(join(directory, `student-${steepness}`), { steepness });
    const { version } = await registry.add(source, {
      temperature: 1,
      evaluation: null,
      isRejected: false,
    });
    await registry.promote(version);
  }
  const { port } = await openGateway(dataDir, [file]);
  return { port, versions: registry.list().map(({ version }) => version) };
}

/** Version and threshold, as the gateway describes itself between two changes. */
async function pairNow(port: number): Promise<string> {
  const { student, certificate } = (await ask<TaskJson>(port, 'GET', base)).body;
  assert.ok(certificate.kind === 'certified', JSON.stringify(certificate));
  return `${student!.version} ${certificate.threshold}`;
}

describe('students that are changed under load', () => {
  it('leave every request answered, by one student and its own threshold', async () => {
    const { port, versions } = await openThree();
    // The mix of the load: another one would be a drift of the inputs, seen or not by its speed.
    const certifying = Array.from({ length: 250 }, (_, k) => k).flatMap((k) => [
      ...[sureSquare(2 * k), sureSquare(2 * k + 1), unsureSquare(k)],
    ]);
    await predictAll(port, 'squares', certifying);
    for (const version of versions) await ask(port, 'POST', `${base}/promote`, { version });
    const pairs = new Set([await pairNow(port)]);
    let mark = 0;
    const load = startLoad({
      port,
      task: 'squares',
      clients: 8,
      // Mostly rows that students answer, so that they are what is measured.
      next: () => ({ inputs: [sureSquare(mark), sureSquare(mark + 1), unsureSquare(mark++)] }),
    });
    await until('it is under load', () => load.answers.length > 50);

    for (let change = 0; change < 12; change++) {
      const before = load.answers.length;
      const { status } =
        change % 4 === 3
          ? await ask(port, 'POST', `${base}/rollback`, {})
          : await ask(port, 'POST', `${base}/promote`, { version: versions[change % 3] });
      assert.equal(status, 200);
      pairs.add(await pairNow(port));
      await until('requests are answered in between', () => load.answers.length > before + 10);
    }
    await load.stop();

    assert.deepEqual(load.broken, []);
    const statuses = new Set(load.answers.map(({ status }) => status));
    assert.deepEqual([...statuses], [200]);
    assert.equal(pairs.size, 3);
    const seen = load.answers.map(({ body }) => pairsOf(body as BatchAnswerJson));
    for (const own of seen) assert.equal(own.size, 1, `one answer mixes ${[...own].join(', ')}`);
    const strange = new Set(seen.flatMap((own) => [...own]).filter((pair) => !pairs.has(pair)));
    assert.deepEqual([...strange], []);
    assert.equal(new Set(seen.flatMap((own) => [...own])).size, 3);
  });
});

const pairsOf = ({ answers }: BatchAnswerJson): Set<string> =>
  new Set(
    answers.map(({ studentVersion, threshold }: AnswerJson) => `${studentVersion!} ${threshold!}`),
  );
