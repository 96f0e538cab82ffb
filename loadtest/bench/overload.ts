import { join } from 'node:path';
import type { Figure } from '../../src/files/figures-file.js';
import { newHistogram, percentileMs } from '../latency-histogram.js';
import type { OpenLoopResult } from '../open-loop.js';
import { atLeast, atMost, latenessFigure } from './bounded-figure.js';
import { digitImages, singleBodies } from './digits-bodies.js';
import { encoderTask, textBodies, textsOfTokens } from './encoders.js';
import { startGateway } from './gateway.js';
import type { BenchContext, Measured, Measurement } from './measurement.js';
import { shown } from './numbers.js';
import { quietDigitsTask } from './quiet-digits.js';
import { tableOf } from './table.js';

/** Twice the capacity, where the model is what is short. */
export const overloadEncoder: Measurement = {
  name: 'overload-encoder',
  question: 'Overload, the model is the bottleneck: what is left at twice the capacity?',
  async measure(context) {
    const tasks = await encoderTask('small');
    const bodies = textBodies(textsOfTokens(512, 32));
    return measureOverload(context, { tasks, task: 'intents', bodies });
  },
};

/** Twice the capacity, where HTTP itself is what is short. */
export const overloadDigits: Measurement = {
  name: 'overload-digits',
  question: 'Overload, HTTP is the bottleneck: what is left at twice the capacity?',
  async measure(context) {
    const bodies = singleBodies(await digitImages(), { route: 'student' });
    const tasks = await quietDigitsTask(context.dir);
    return measureOverload(context, { tasks, task: 'digits', bodies });
  },
};

interface Subject {
  readonly tasks: string;
  readonly task: string;
  readonly bodies: readonly Buffer[];
}

interface Loads {
  /** Before the loads, which are made of it, and after them. */
  readonly peaksPerSecond: readonly [number, number];
  readonly calm: OpenLoopResult;
  readonly overload: OpenLoopResult;
}

async function measureOverload(context: BenchContext, subject: Subject): Promise<Measured> {
  const { generator, dir, isQuick, say } = context;
  const { tasks, task, bodies } = subject;
  const gateway = await startGateway({ dataDir: join(dir, `overload-${task}`), tasks });
  const target = { url: gateway.predictUrl(task), bodies, timeoutMs: 10_000 };
  const openLoop = (ratePerSecond: number, seconds: number): Promise<OpenLoopResult> =>
    generator.openLoop({
      ...{ ...target, ratePerSecond, seconds, warmUpSeconds: 2, seed: 1, groupField: null },
      connectionsMax: 4096,
      pacing: 'sparing', // The gateway needs both cores.
    });
  const peakOf = async (): Promise<number> => {
    const time = isQuick ? { warmUpSeconds: 1, seconds: 3 } : { warmUpSeconds: 3, seconds: 10 };
    return (await generator.saturate({ ...target, connections: 64, ...time })).perSecond;
  };
  try {
    const peak = await findPeak(await peakOf(), { openLoop, isQuick });
    say(`peak ${peak.toFixed(0)} a second; 80 % of it ...`);
    const calm = await openLoop(0.8 * peak, isQuick ? 4 : 30);
    say('200 % of it ...');
    const overload = await openLoop(2 * peak, isQuick ? 8 : 60);
    const loads: Loads = { peaksPerSecond: [peak, await peakOf()], calm, overload };
    return { figures: figuresOf(task, loads, context.command), report: reportOf(loads) };
  } finally {
    await gateway.stop();
  }
}

/** More of an open load than this, times the peak, may be answered before the peak is wrong. */
const peakSlack = 1.1;

/**
 * A closed loop on a machine that others use too may find less than there is: an open load of twice
 * the peak must not be answered.
 */
async function findPeak(
  closedLoopPeak: number,
  {
    openLoop,
    isQuick,
  }: {
    readonly openLoop: (ratePerSecond: number, seconds: number) => Promise<OpenLoopResult>;
    readonly isQuick: boolean;
  },
): Promise<number> {
  let peak = closedLoopPeak;
  for (let attempt = 0; attempt < 4; attempt++) {
    const goodput = goodputOf(await openLoop(2 * peak, isQuick ? 2 : 5));
    if (goodput <= peakSlack * peak) break;
    peak = goodput;
  }
  return peak;
}

const none = newHistogram();
const acceptedOf = ({ latencyUs }: OpenLoopResult) => latencyUs.get('all') ?? none;
const shedOf = ({ refusedUs }: OpenLoopResult) => refusedUs.get('503') ?? none;
const goodputOf = ({ answeredInside, seconds }: OpenLoopResult): number => answeredInside / seconds;

function figuresOf(task: string, loads: Loads, command: string): Figure[] {
  const { peaksPerSecond, calm, overload } = loads;
  const unknown = Object.entries(overload.failures).filter(([why]) => why !== '503');
  const at = `${task} at twice the capacity`;
  return [
    latenessFigure(at, { results: [calm, overload], command }),
    atLeast(90, {
      figure: `${at}: answered, of the peak`,
      value: (100 * goodputOf(overload)) / Math.max(...peaksPerSecond),
      unit: '%',
      command,
    }),
    atMost(2, {
      figure: `${at}: p99 of the answered against that at 80 %`,
      value: percentileMs(acceptedOf(overload), 99) / percentileMs(acceptedOf(calm), 99),
      unit: 'times',
      command,
    }),
    // Without a refusal there is nothing to time: what was neither answered nor refused is below.
    ...(shedOf(overload).totalCount === 0
      ? []
      : [
          atMost(10, {
            figure: `${at}: p99 of a refusal (503)`,
            value: percentileMs(shedOf(overload), 99),
            unit: 'ms',
            command,
          }),
        ]),
    atMost(0, {
      figure: `${at}: failures other than 503`,
      value: unknown.reduce((sum, [, count]) => sum + count, 0),
      unit: `of ${overload.sent}`,
      command,
    }),
  ];
}

function reportOf({ peaksPerSecond, calm, overload }: Loads): string {
  const rowOf = (name: string, result: OpenLoopResult) => [
    name,
    result.sent / result.seconds,
    goodputOf(result),
    percentileMs(acceptedOf(result), 50),
    percentileMs(acceptedOf(result), 99),
    percentileMs(shedOf(result), 50),
    percentileMs(shedOf(result), 99),
    percentileMs(result.latenessUs, 99),
    result.connectionWaits,
    Object.entries(result.failures)
      .map(([why, count]) => `${count} x ${why}`)
      .join(', '),
  ];
  return [
    `Peak ${shown(peaksPerSecond[0])} requests/s in a closed loop of 64, ` +
      `${shown(peaksPerSecond[1])} at the end. Between them`,
    `Poisson arrivals at 80 % and 200 % of the first, ${calm.seconds} s and ${overload.seconds} s;`,
    'latencies count from the moment that a request was due.',
    '',
    tableOf(
      [
        ...['load', 'sent/s', 'answered/s', 'p50 ms', 'p99 ms'],
        ...[
          '503: p50 ms',
          '503: p99 ms',
          'generator late, p99 ms',
          'no connection free',
          'failures',
        ],
      ],
      [rowOf('80 %', calm), rowOf('200 %', overload)],
    ),
  ].join('\n');
}
