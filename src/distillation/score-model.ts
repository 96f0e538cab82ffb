import type { ModelRunner } from '../model/model-runner.js';
import { batchesOf } from '../student/batches-of.js';
import type { Input } from '../task/task.js';
import { evenlyDrawn } from './evenly-drawn.js';

/**
 * Runs a model over rows, a batch at a time.
 *
 * @returns  [n] of [classes] float32 logits; values may be NaN, the gates look.
 * @throws {InvalidModelOutputError} when a row can not be run.
 */
export async function scoreModel(
  runner: ModelRunner,
  inputs: readonly Input[],
): Promise<readonly Float32Array[]> {
  const logits: Float32Array[] = [];
  for (const batch of batchesOf(inputs)) {
    for (const result of await runner.run(batch)) {
      if (result instanceof Error) throw result;
      logits.push(result);
    }
  }
  return logits;
}

const timedRuns = 200;

/** Time that has gone by, ms, since some moment. */
export interface Clocks {
  readonly wallMs: () => number;
  /** Of all threads of this process. */
  readonly cpuMs: () => number;
}

const ownClocks: Clocks = {
  wallMs: () => performance.now(),
  cpuMs: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
};

/**
 * Times one-row runs. A run's time is the smaller one of two:
 *
 *     run = min(wall, cpu)
 *
 * Wall time holds what others took of the machine, and this process lets all others go first: two
 * pre-emptions in 200 runs made a tiny model a slow one. Processor time holds what other threads of
 * this process did, and counts a run on two cores twice.
 *
 * @param inputs  at least one; up to 200 of them, evenly drawn, in turn: a text may be long.
 * @returns       99th percentile, ms, over 200 runs after 20 to warm up.
 */
export async function measureRunMsP99(
  runner: ModelRunner,
  inputs: readonly Input[],
  { wallMs, cpuMs }: Clocks = ownClocks,
): Promise<number> {
  const durationsMs: number[] = [];
  const drawn = evenlyDrawn(inputs, timedRuns);
  for (let run = -20; run < timedRuns; run++) {
    const input = drawn[(run + drawn.length * 20) % drawn.length]!;
    const [startedMs, usedMs] = [wallMs(), cpuMs()];
    await runner.run([input]);
    if (run >= 0) durationsMs.push(Math.min(wallMs() - startedMs, cpuMs() - usedMs));
  }
  return durationsMs.sort((a, b) => a - b)[Math.floor(0.99 * (durationsMs.length - 1))]!;
}
