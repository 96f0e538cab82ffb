import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunJson } from '../../src/http/api-types.js';
import type { OpenLoopResult } from '../open-loop.js';
import { ratioOf } from './alternate.js';
import { atMost, latenessFigure } from './bounded-figure.js';
import { batchBodies, digitImages, singleBodies } from './digits-bodies.js';
import { startGateway, type BenchGateway } from './gateway.js';
import type { BenchContext, Measured, Measurement } from './measurement.js';
import { percentileOf } from './numbers.js';
import { quietDigitsTask } from './quiet-digits.js';
import { tableOf } from './table.js';

const ratePerSecond = 1_000;
const ratioMax = 1.2;
const runs = '/v1/tasks/digits/distillations';
/** Nothing is as quick, ms: each candidate is rejected, and one student answers all the time. */
const runMsP99Max = 1e-6;

/** The gateway under load, by itself and while a run trains, in turn. */
export const servingBesideTraining: Measurement = {
  name: 'serving-beside-training',
  question: 'Does a distillation run beside them slow answers down?',
  async measure(context) {
    const { dir, isQuick, say } = context;
    const tasks = await quietDigitsTask(dir, { runMsP99Max });
    const gateway = await startGateway({ dataDir: join(dir, 'beside-training'), tasks });
    try {
      const images = await digitImages();
      for (const body of batchBodies(images, { rows: 100 }))
        await gateway.post('/v1/tasks/digits/predict', JSON.parse(body.toString()));
      const bodies = singleBodies(images, { route: 'student' });
      const rounds: Round[] = [];
      for (let round = 1; round <= (isQuick ? 1 : 7); round++) {
        const alone = await load(context, gateway, bodies);
        const { id } = await gateway.post<RunJson>(runs, {});
        await until(gateway, id, ({ stage }) => stage === 'train');
        const beside = await load(context, gateway, bodies);
        requireTraining(await gateway.get<RunJson>(`${runs}/${id}`));
        rounds.push({ alone, beside });
        say(`round ${round}; waiting for the end of its run`);
        await until(gateway, id, () => false);
      }
      return answerOf(rounds, context.command);
    } finally {
      await gateway.stop();
    }
  },
};

interface Round {
  readonly alone: OpenLoopResult;
  readonly beside: OpenLoopResult;
}

const load = (
  { generator, isQuick }: BenchContext,
  gateway: BenchGateway,
  bodies: readonly Buffer[],
): Promise<OpenLoopResult> =>
  generator.openLoop({
    ...{ url: gateway.predictUrl('digits'), bodies, ratePerSecond, warmUpSeconds: 1, seed: 1 },
    ...{ connectionsMax: 512, timeoutMs: 10_000, groupField: null, keepSamples: true },
    ...{ seconds: isQuick ? 2 : 5, pacing: 'sparing' },
  });

/** A load of which only a part had a run beside it tells nothing. */
function requireTraining({ state, stage, reasons }: RunJson): void {
  if (state === 'running' && stage === 'train') return;
  const why = reasons.length === 0 ? '' : `: ${reasons.join(' ')}`;
  throw new Error(`The training was over before the load, the run is ${state} (${stage})${why}`);
}

/** Waits until a run has come so far, or has ended. */
async function until(
  gateway: BenchGateway,
  id: string,
  isReached: (run: RunJson) => boolean,
): Promise<void> {
  for (;;) {
    const run = await gateway.get<RunJson>(`${runs}/${id}`);
    if (run.state !== 'running' || isReached(run)) return;
    await sleep(50);
  }
}

function answerOf(rounds: readonly Round[], command: string): Measured {
  const sides = {
    'no run': rounds.map(({ alone }) => alone),
    'a run trains': rounds.map(({ beside }) => beside),
  };
  const latencies = ({ samples }: OpenLoopResult) => samples.map(({ latencyMs }) => latencyMs);
  const p99 = (results: readonly OpenLoopResult[]): number[] =>
    results.map((result) => percentileOf(latencies(result), 99));
  const pooledP99 = (side: keyof typeof sides): number =>
    percentileOf(sides[side].flatMap(latencies), 99);
  const results = Object.values(sides).flat();
  const lost = results.reduce((total, { sent, answered }) => total + sent - answered, 0);
  return {
    figures: [
      latenessFigure('serving beside training', { results, command }),
      atMost(ratioMax, {
        figure: `p99 at ${ratePerSecond} requests a second while a run trains, against none`,
        ...{ value: ratioOf(p99(sides['a run trains']), p99(sides['no run'])), unit: 'times' },
        command,
      }),
      atMost(ratioMax, {
        figure: 'the same, of the requests of all rounds together',
        ...{ value: pooledP99('a run trains') / pooledP99('no run'), unit: 'times' },
        command,
      }),
      atMost(0, {
        figure: 'requests lost beside training',
        ...{ value: lost, unit: `of ${results.reduce((total, { sent }) => total + sent, 0)}` },
        command,
      }),
    ],
    report: [
      `${ratePerSecond} Poisson arrivals a second, digits, answered by the student;`,
      `${rounds.length} rounds in turn, the ratio taken inside each. The run is one with its`,
      'search, on rows of the stream, and is rejected at its end: one student answers',
      'all the time.',
      '',
      tableOf(
        ['load', 'requests', 'p50 ms', 'p99 ms', 'p99.9 ms', 'max ms'],
        Object.entries(sides).map(([name, side]) => {
          const all = side.flatMap(latencies);
          return [name, all.length, ...[50, 99, 99.9, 100].map((p) => percentileOf(all, p))];
        }),
      ),
    ].join('\n'),
  };
}
