import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { RunJson } from '../../src/http/api-types.js';
import type { TimelineJson } from '../../src/http/api-types-timeline.js';
import { changingSquares, changingTraffic } from '../support/changing-squares.js';
import { openGateway } from '../support/gateway.js';
import { ask } from '../support/http-client.js';
import { writeSquaresFile } from '../support/squares-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const directory = temporaryDirectory();
const base = '/v1/tasks/squares';

const file = writeSquaresFile(join(directory, 'squares'), {
  ...changingSquares,
  distillation: { trainingRowsMin: 20, choosingRowsMin: 20 },
});

describe('traffic that comes to hold what the student cannot answer', () => {
  it('is noticed without an error, checked on more rows, and settles', async () => {
    const { port } = await openGateway(join(directory, 'data'), [file]);
    const { task, sendCalm, untilDrift } = changingTraffic(port);
    const gauge = async (): Promise<number> => {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      return Number(/^understudy_input_drift{task="squares"} (.*)$/m.exec(text)![1]);
    };

    await sendCalm(1_000);
    assert.equal((await task()).certificate.kind, 'certified');
    await sendCalm(1_000);
    const calm = await task();
    assert.deepEqual([calm.inputDrift, calm.holdoutRate, await gauge()], [null, 0.001, 0]);

    await untilDrift(true);
    const drifted = await task();
    assert.match(
      drifted.inputDrift!.why,
      /^The student was not sure of \d+ of the last \d+ rows.*; of the/,
    );
    assert.deepEqual([drifted.driftAlarm, drifted.holdoutRate, await gauge()], [null, 0.4, 1]);
    assert.ok(drifted.certificate.kind === 'certified'); // Nothing is known to be wrong.
    assert.ok(drifted.inputDrift!.thresholdMin! >= drifted.certificate.threshold);
    const runs = async (): Promise<readonly RunJson[]> =>
      (await ask<{ runs: RunJson[] }>(port, 'GET', `${base}/distillations`)).body.runs;
    await until('a run to start', async () => (await runs()).length > 0);
    assert.equal((await runs()).at(-1)!.trigger, 'drift');

    await untilDrift(false);
    assert.deepEqual([(await task()).holdoutRate, await gauge()], [0.001, 0]);
    const { events } = (await ask<TimelineJson>(port, 'GET', `${base}/timeline`)).body;
    const kinds = events.map(({ kind }) => kind).reverse();
    const inputs = kinds.filter((kind) => kind.startsWith('inputs-'));
    assert.deepEqual(inputs.slice(0, 2), ['inputs-drifted', 'inputs-settled']);
  });

  it('is noticed in mode shadow too, where the teacher answers it all', async () => {
    const shadow = { ...changingSquares.policy, mode: 'shadow' as const };
    const shadowFile = writeSquaresFile(join(directory, 'shadow'), {
      ...changingSquares,
      policy: shadow,
      distillation: { trainingRowsMin: 20, choosingRowsMin: 20 },
    });
    const { port } = await openGateway(join(directory, 'shadow-data'), [shadowFile]);
    const { task, sendCalm, untilDrift } = changingTraffic(port);
    await sendCalm(1_000);
    assert.equal((await task()).certificate.kind, 'certified');
    await sendCalm(1_000);
    assert.equal((await task()).inputDrift, null);

    await untilDrift(true);

    assert.equal((await task()).driftAlarm, null);
  });
});
