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

    const p99 = await measureRunMsP99(runner, [pixelInput(1, 2)]);

    assert.equal(runner.runs.length, 220);
    assert.ok(runner.runs.every(({ rows }) => rows.length === 1));
    assert.ok(p99 > 0 && p99 < 50, `${p99} ms`);
  });

  /** A model that computes for so long; every twentieth run others have the machine for 25 ms. */
  function onBusyMachine(computesMs: number, threads = 1) {
    const spent = { wallMs: 0, cpuMs: 0 };
    let runs = 0;
    const runner = new FakeRunner((pixels) => {
      spent.wallMs += computesMs / threads + (runs++ % 20 === 0 ? 25 : 0);
      spent.cpuMs += computesMs;
      return pixels;
    });
    return { runner, clocks: { wallMs: () => spent.wallMs, cpuMs: () => spent.cpuMs } };
  }

  it('does not hold what other processes took meanwhile', async () => {
    const { runner, clocks } = onBusyMachine(0.5);

    assert.equal(await measureRunMsP99(runner, [pixelInput(1)], clocks), 0.5);
  });

  it('is long of a model that computes for long', async () => {
    const { runner, clocks } = onBusyMachine(30);

    assert.equal(await measureRunMsP99(runner, [pixelInput(1)], clocks), 30);
  });

  it('does not count each core of a run on several ones', async () => {
    const { runner, clocks } = onBusyMachine(64, 4);

    // Every twentieth run is one in twenty: its 16 + 25 ms are the 99th percentile.
    assert.equal(await measureRunMsP99(runner, [pixelInput(1)], clocks), 41);
  });

  it('is that of its long inputs, wherever they lie among the others', async () => {
    let nowMs = 0;
    const runner = new FakeRunner((pixels) => {
      nowMs += pixels.length;
      return pixels;
    });
    const inputs = Array.from({ length: 300 }, (_, row) =>
      row % 20 === 7 ? pixelInput(1, 2, 3, 4, 5, 6, 7, 8) : pixelInput(1),
    );

    const p99 = await measureRunMsP99(runner, inputs, { wallMs: () => nowMs, cpuMs: () => nowMs });

    assert.equal(p99, 8);
  });

  it('is what the process has used, by its own clocks', async () => {
    const runner = new FakeRunner((pixels) => {
      const startedMs = performance.now();
      while (performance.now() - startedMs < 2);
      return pixels;
    });

    const p99 = await measureRunMsP99(runner, [pixelInput(1)]);

    assert.ok(p99 > 0.5, `${p99} ms`); // Less than 2: others may have the processor meanwhile.
  });
});
