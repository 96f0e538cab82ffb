import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { RunJson } from '../../src/http/api-types.js';
import { openGateway } from '../support/gateway.js';
import { ask, predictAll } from '../support/http-client.js';
import { sureSquare, writeSquaresFile } from '../support/squares-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const directory = temporaryDirectory();
/** A run has the lowest priority: on a busy machine its process takes long to start. */
const runMsMax = 180_000;
/** As good as nothing is held out: every row may be trained on. */
const policy = { holdoutRate: 1e-6, coldHoldoutRate: 1e-6 };
const rows = (first: number, count: number): number[][] =>
  Array.from({ length: count }, (_, index) => sureSquare(first + index));

async function openSquares(name: string, distillation: Readonly<Record<string, unknown>>) {
  const file = writeSquaresFile(join(directory, name), { policy, distillation });
  const { port, gateway } = await openGateway(join(directory, `${name}-data`), [file]);
  const runs = async (): Promise<readonly RunJson[]> => {
    const path = '/v1/tasks/squares/distillations';
    return (await ask<{ runs: readonly RunJson[] }>(port, 'GET', path)).body.runs;
  };
  const ended = async (): Promise<readonly RunJson[]> =>
    (await runs()).filter(({ state }) => state !== 'running');
  return { port, gateway, runs, ended };
}

describe('a gateway starts distillations by itself', () => {
  it('by the clock of its task file, again and again', async () => {
    const { runs, ended } = await openSquares('clock', { schedule: '* * * * * *' });

    await until('a second run', async () => (await runs()).length >= 2, runMsMax);

    for (const { trigger, state, reasons } of await ended()) {
      assert.deepEqual([trigger, state], ['schedule', 'skipped']);
      assert.match(reasons[0]!, /^Only 0 training rows, a run needs 200/);
    }
  });

  it('after as many rows to learn from as its task file says', async () => {
    const { port, ended } = await openSquares('rows', { everyRows: 30 });

    await predictAll(port, 'squares', rows(0, 30));
    await until('its run has ended', async () => (await ended()).length === 1, runMsMax);

    const [run] = await ended();
    assert.deepEqual([run!.trigger, run!.state], ['rows', 'skipped']);
    assert.match(run!.reasons[0]!, /^Only \d+ training rows, a run needs 200/);
  });

  for (const [count, distillation] of [
    [29, { everyRows: 30 }],
    [60, {}],
  ] as const) {
    it(`not after ${count} rows with ${JSON.stringify(distillation)}`, async () => {
      const name = `not-after-${count}`;
      const { port, gateway } = await openSquares(name, distillation);

      await predictAll(port, 'squares', rows(0, count));
      await gateway.close(); // A run that had started would be written down by now.

      const again = await openSquares(name, distillation);
      assert.deepEqual(await again.runs(), []);
    });
  }
});
