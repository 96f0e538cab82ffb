import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { RunJson, TaskJson } from '../../src/http/api-types.js';
import type { TimelineJson } from '../../src/http/api-types-timeline.js';
import { openGateway } from '../support/gateway.js';
import { ask, predictAll } from '../support/http-client.js';
import { seededDraw } from '../support/seeded-draw.js';
import { writeSquaresFile } from '../support/squares-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const directory = temporaryDirectory();
const base = '/v1/tasks/squares';

/** The student is unsure, and wrong, just below 0.6 alone, where the first traffic never is. */
const file = writeSquaresFile(join(directory, 'squares'), {
  student: { cut: 0.6, steepness: 500 },
  teacher: { cut: 0.59, steepness: 500 },
  policy: { coldHoldoutRate: 0.5, holdoutRate: 0.02, recoveryHoldoutRate: 0.4 },
  distillation: { trainingRowsMin: 20, choosingRowsMin: 20 },
});

describe('traffic that comes to hold what the student cannot answer', () => {
  it('is noticed without an error, checked on more rows, and settles', async () => {
    const { port } = await openGateway(join(directory, 'data'), [file]);
    const task = async (): Promise<TaskJson> => (await ask<TaskJson>(port, 'GET', base)).body;
    const gauge = async (): Promise<number> => {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      return Number(/^understudy_input_drift{task="squares"} (.*)$/m.exec(text)![1]);
    };
    const draw = seededDraw(5);
    const image = (brightness: number): number[] => [brightness, draw(), draw(), draw()];
    const far = (): number[] => image(draw() < 0.5 ? draw() * 0.4 : 0.7 + draw() * 0.3);
    const mixed = (): number[] => (draw() < 0.2 ? image(0.598 + draw() / 500) : far());
    const send = (count: number, make: () => number[]) =>
      predictAll(port, 'squares', Array.from({ length: count }, make));

    await send(1_000, far);
    assert.equal((await task()).certificate.kind, 'certified');
    await send(1_000, far);
    const calm = await task();
    assert.deepEqual([calm.inputDrift, calm.holdoutRate, await gauge()], [null, 0.02, 0]);

    await until(
      'the inputs to drift',
      async () => {
        await send(20, mixed);
        return (await task()).inputDrift !== null;
      },
      60_000,
    );
    const drifted = await task();
    assert.match(
      drifted.inputDrift!.why,
      /^The student was not sure of \d+ of the last \d+ rows.*; of the/,
    );
    assert.deepEqual([drifted.driftAlarm, drifted.holdoutRate, await gauge()], [null, 0.4, 1]);
    assert.ok(drifted.certificate.kind === 'certified'); // Nothing is known to be wrong.
    assert.ok(drifted.inputDrift!.thresholdMin! >= drifted.certificate.threshold);
    const { runs } = (await ask<{ runs: RunJson[] }>(port, 'GET', `${base}/distillations`)).body;
    assert.equal(runs[0]!.trigger, 'drift');

    await until(
      'the inputs to settle',
      async () => {
        await send(50, mixed);
        return (await task()).inputDrift === null;
      },
      60_000,
    );
    assert.deepEqual([(await task()).holdoutRate, await gauge()], [0.02, 0]);
    const { events } = (await ask<TimelineJson>(port, 'GET', `${base}/timeline`)).body;
    const kinds = events.map(({ kind }) => kind).reverse();
    const inputs = kinds.filter((kind) => kind.startsWith('inputs-'));
    assert.deepEqual(inputs.slice(0, 2), ['inputs-drifted', 'inputs-settled']);
  });
});
