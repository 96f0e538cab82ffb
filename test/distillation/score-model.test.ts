import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { measureRunMsP99, scoreModel } from '../../src/distillation/score-model.js';
import { InvalidInputError } from '../../src/errors.js';
import { FakeRunner, plusOne } from '../fakes/fake-runner.js';
import { pixelInput } from '../support/inputs.js';

describe('scoring rows', () => {
  it('gives each row its own output, over batches of 64', async () => {
    const runner = new FakeRunner(plusOne);
    const rows = Array.from({ length: 130 }, (_, k) => pixelInput(k, -k));

    const logits = await scoreModel(runner, rows);

    assert.deepEqual(
      logits,
      rows.map((_, k) => Float32Array.of(k + 1, 1 - k)),
    );
    assert.deepEqual(
      runner.runs.map((run) => run.rows.length),
      [64, 64, 2],
    );
  });

  it('fails with what is wrong with a row', async () => {
    const refusal = new InvalidInputError('The text is empty.');
    const runner = new FakeRunner((pixels) => (pixels[0] === 2 ? refusal : pixels));

    await assert.rejects(scoreModel(runner, [pixelInput(1), pixelInput(2)]), refusal);
  });

  it('runs nothing for no rows', async () => {
    const runner = new FakeRunner(plusOne);

    assert.deepEqual(await scoreModel(runner, []), []);
    assert.equal(runner.runs.length, 0);
  });
});

describe('the run time of one row', () => {
  it('comes from 200 runs after 20 that warm up, one row each', async () => {
    const runner = new FakeRunner(plusOne);

    const p99 = await measureRunMsP99(runner, pixelInput(1, 2));

    assert.equal(runner.runs.length, 220);
    assert.ok(runner.runs.every(({ rows }) => rows.length === 1));
    assert.ok(p99 > 0 && p99 < 50, `${p99} ms`);
  });
});
