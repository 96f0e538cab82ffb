import { join } from 'node:path';
import type { Figure } from '../../src/files/figures-file.js';
import { newHistogram, percentileMs } from '../latency-histogram.js';
import type { OpenLoopResult } from '../open-loop.js';
import { atLeast, atMost } from './bounded-figure.js';
import { digitImages, singleBodies } from './digits-bodies.js';
import { encoderTask, textBodies, textsOfTokens } from './encoders.js';
import { startGateway } from './gateway.js';
import type { BenchContext, Measured, Measurement } from './measurement.js';
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
    return measureOverload(context, { task: 'digits', bodies });
  },
};

interface Subject {
  readonly tasks?: string;
  readonly task: string;
  readonly bodies: readonly Buffer[];
}

interface Loads {
  readonly peakPerSecond: number;
  readonly calm: OpenLoopResult;
  readonly overload: OpenLoopResult;
}

async function measureOverload(context: BenchContext, subject: Subject): Promise<Measured> {
  const { generator, dir, isQuick, say } = context;
  const { task, bodies, ...rest } = subject;
  const gateway = await startGateway({ dataDir: join(dir, `overload-${task}`), ...rest });
  const target = { url: gateway.predictUrl(task), bodies, timeoutMs: 10_000 };
  const openLoop = (ratePerSecond: number, seconds: number): Promise<OpenLoopResult> =>
    generator.openLoop({
      ...{ ...target, ratePerSecond, seconds, warmUpSeconds: 2, seed: 1, groupField: null },
      connectionsMax: 4096,
      pacing: 'sparing', // The gateway needs both cores.
    });
  try {
    const peak = await generator.saturate({
      ...{ ...target, connections: 64, warmUpSeconds: isQuick ? 1 : 3 },
      seconds: isQuick ? 3 : 15,
    });
    const peakPerSecond = peak.perSecond;
    say(`peak ${peakPerSecond.toFixed(0)} a second; 80 % of it ...`);
    const calm = await openLoop(0.8 * peakPerSecond, isQuick ? 4 : 30);
    say('200 % of it ...');
    const overload = await openLoop(2 * peakPerSecond, isQuick ? 8 : 60);
    const loads = { peakPerSecond, calm, overload };
    return { figures: figuresOf(task, loads, context.command), report: reportOf(loads) };
  } finally {
    await gateway.stop();
  }
}

const none = newHistogram();
const acceptedOf = ({ latencyUs }: OpenLoopResult) => latencyUs.get('all') ?? none;
const shedOf = ({ refusedUs }: OpenLoopResult) => refusedUs.get('503') ?? none;
const goodputOf = ({ answered, seconds }: OpenLoopResult): number => answered / seconds;

function figuresOf(task: string, loads: Loads, command: string): Figure[] {
  const { peakPerSecond, calm, overload } = loads;
  const unknown = Object.entries(overload.failures).filter(([why]) => why !== '503');
  const at = `${task} at twice the capacity`;
  return [
    atLeast(90, {
      figure: `${at}: answered, of the peak`,
      value: (100 * goodputOf(overload)) / peakPerSecond,
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

function reportOf({ peakPerSecond, calm, overload }: Loads): string {
  const rowOf = (name: string, result: OpenLoopResult) => [
    name,
    result.sent / result.seconds,
    goodputOf(result),
    percentileMs(acceptedOf(result), 50),
    percentileMs(acceptedOf(result), 99),
    percentileMs(shedOf(result), 50),
    percentileMs(shedOf(result), 99),
    percentileMs(result.latenessUs, 99),
    Object.entries(result.failures)
      .map(([why, count]) => `${count} x ${why}`)
      .join(', '),
  ];
  return [
    `Peak ${peakPerSecond.toFixed(0)} requests/s in a closed loop of 64. Then Poisson arrivals, ` +
      `${calm.seconds} s and ${overload.seconds} s, each latency from the moment it was due.`,
    '',
    tableOf(
      [
        ...['load', 'sent/s', 'answered/s', 'p50 ms', 'p99 ms'],
        ...['503: p50 ms', '503: p99 ms', 'generator late, p99 ms', 'failures'],
      ],
      [rowOf('80 %', calm), rowOf('200 %', overload)],
    ),
  ].join('\n');
}
