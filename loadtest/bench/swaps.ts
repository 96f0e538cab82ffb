import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { repositoryRoot } from '../../src/files/repository-root.js';
import { openRegistry } from '../../src/registry/registry.js';
import type { OpenLoopResult } from '../open-loop.js';
import { atMost, latenessFigure } from './bounded-figure.js';
import { digitImages, singleBodies } from './digits-bodies.js';
import { startGateway, type BenchGateway } from './gateway.js';
import type { BenchContext, Measured, Measurement } from './measurement.js';
import { medianOf, percentileOf, shown } from './numbers.js';
import { quietDigitsTask } from './quiet-digits.js';
import { tableOf } from './table.js';

const ratePerSecond = 1_000;
/** After the answer, the requests of this time may still wait for what the swap has left. */
const afterMs = 50;
/** Between two swaps, ms. */
const pauseMs = 150;
/** Before the first swap: what swaps are held against, free of all that they leave behind. */
const steadySeconds = 10;

interface Window {
  readonly startMs: number;
  readonly endMs: number;
}

/** Promotes back and forth between two versions while requests come in. */
export const swaps: Measurement = {
  name: 'swaps',
  question: 'Swaps of the student under load: who notices?',
  async measure(context) {
    const { dir, isQuick } = context;
    const count = isQuick ? 20 : 100;
    const dataDir = join(dir, 'swaps');
    const versions = await addTwoVersions(dataDir);
    const gateway = await startGateway({ dataDir, tasks: await quietDigitsTask(dir) });
    try {
      const load = await swapUnderLoad(context, { gateway, versions, count });
      return answerOf(load, context.command);
    } finally {
      await gateway.stop();
    }
  },
};

interface SwapLoad {
  readonly result: OpenLoopResult;
  readonly windows: readonly Window[];
}

function answerOf({ result, windows }: SwapLoad, command: string): Measured {
  const isInside = (dueMs: number): boolean =>
    windows.some(({ startMs, endMs }) => dueMs >= startMs && dueMs <= endMs);
  const inSwaps: number[] = [];
  const between: number[] = [];
  const steady: number[] = [];
  const firstMs = windows[0]!.startMs;
  for (const { dueAtMs, latencyMs } of result.samples)
    (dueAtMs < firstMs ? steady : isInside(dueAtMs) ? inSwaps : between).push(latencyMs);
  const count = windows.length;
  const unit = `of ${result.sent}`;
  const ratio = percentileOf(inSwaps, 99) / percentileOf(steady, 99);
  const lost = result.sent - result.answered;
  const figure = `p99 during ${count} swaps against the time before them`;
  const swapMs = medianOf(windows.map(({ startMs, endMs }) => endMs - startMs - afterMs));
  const rowOf = (name: string, latencies: readonly number[]) => [
    name,
    latencies.length,
    ...[50, 99, 99.9, 100].map((percentile) => percentileOf(latencies, percentile)),
  ];
  return {
    figures: [
      latenessFigure(`${count} swaps`, { results: [result], command }),
      atMost(1.5, { figure, value: ratio, unit: 'times', command }),
      atMost(0, { figure: `requests lost in ${count} swaps`, value: lost, unit, command }),
    ],
    report: [
      `${count} promotions at ${ratePerSecond} Poisson arrivals a second, digits. A window is from`,
      `asking for the swap to ${afterMs} ms after its answer; a swap took ${shown(swapMs)} ms`,
      '(median).',
      '',
      tableOf(
        ['requests due', 'requests', 'p50 ms', 'p99 ms', 'p99.9 ms', 'max ms'],
        [
          rowOf('before the first swap', steady),
          rowOf('in a swap', inSwaps),
          rowOf('between swaps', between),
        ],
      ),
    ].join('\n'),
  };
}

async function swapUnderLoad(
  { generator, say }: BenchContext,
  options: { gateway: BenchGateway; versions: readonly string[]; count: number },
): Promise<SwapLoad> {
  const { gateway, versions, count } = options;
  const warmUpSeconds = 2;
  const bodies = singleBodies(await digitImages(), { route: 'student' });
  const running = generator.openLoop({
    ...{ url: gateway.predictUrl('digits'), bodies, ratePerSecond, warmUpSeconds, seed: 1 },
    ...{ connectionsMax: 512, timeoutMs: 10_000, groupField: null, keepSamples: true },
    seconds: steadySeconds + (count * (pauseMs + afterMs + 100)) / 1000,
  });
  running.catch(() => {}); // Told below, if the swaps themselves do not fail first.
  await sleep(1000 * (warmUpSeconds + steadySeconds));
  const windows: Window[] = [];
  const nowMs = (): number => performance.timeOrigin + performance.now();
  for (let swap = 0; swap < count; swap++) {
    const startMs = nowMs();
    const version = versions[swap % versions.length]!;
    await gateway.post('/v1/tasks/digits/promote', { version });
    windows.push({ startMs, endMs: nowMs() + afterMs });
    await sleep(afterMs + pauseMs);
    if ((swap + 1) % 20 === 0) say(`${swap + 1} swaps`);
  }
  return { result: await running, windows };
}

/** Twice the first student, as two versions; the second one serves. */
async function addTwoVersions(dataDir: string): Promise<readonly string[]> {
  const dir = join(dataDir, 'tasks', 'digits', 'students');
  const registry = await openRegistry({ dir, now: () => Date.now() });
  const source = join(repositoryRoot(), 'models', 'digits', 'student');
  const versions: string[] = [];
  for (let index = 0; index < 2; index++) {
    const options = { temperature: 1, evaluation: null, isRejected: false };
    const { version } = await registry.add(source, options);
    await registry.promote(version);
    versions.push(version);
  }
  return versions;
}
