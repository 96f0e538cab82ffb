import { medianOf } from './numbers.js';

/**
 * The median time of one run, in ms.
 *
 * @param runs  counted runs; a quarter as many go before, uncounted.
 */
export async function medianRunMs(run: () => Promise<unknown>, runs: number): Promise<number> {
  const durationsMs: number[] = [];
  for (let index = -Math.ceil(runs / 4); index < runs; index++) {
    const startedMs = performance.now();
    await run();
    if (index >= 0) durationsMs.push(performance.now() - startedMs);
  }
  return medianOf(durationsMs);
}

/** Runs a second, for so long, one after the other. */
export async function runsPerSecond(run: () => Promise<unknown>, seconds: number): Promise<number> {
  const startedMs = performance.now();
  const endMs = startedMs + seconds * 1000;
  let runs = 0;
  while (performance.now() < endMs) {
    await run();
    runs++;
  }
  return (runs * 1000) / (performance.now() - startedMs);
}
