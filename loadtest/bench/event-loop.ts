import { join } from 'node:path';
import { startGenerator } from '../generator.js';
import { newHistogram, percentileMs } from '../latency-histogram.js';
import type { OpenLoopResult } from '../open-loop.js';
import { atMost } from './bounded-figure.js';
import { digitImages, singleBodies } from './digits-bodies.js';
import { encoderTask, textBodies, textsOfTokens } from './encoders.js';
import { startGateway, type BenchGateway } from './gateway.js';
import type { BenchContext, Measured, Measurement } from './measurement.js';
import { quietDigitsTask } from './quiet-digits.js';
import { tableOf } from './table.js';

/** prom-client samples the loop with a timer of 10 ms and counts it in. */
const samplingMs = 10;
const connections = 32;

/** A student of MiniLM's size at saturation: does the gateway still hear? */
export const eventLoopEncoder: Measurement = {
  name: 'event-loop-encoder',
  question: 'A large student at saturation: does the event loop stay free?',
  async measure(context) {
    const tasks = await encoderTask('large');
    const bodies = textBodies(textsOfTokens(256, 32));
    return measureEventLoop(context, { tasks, task: 'intents', bodies, who: 'large student' });
  },
};

/** The same with the teacher of the digits: it is a model in a thread too. */
export const eventLoopTeacher: Measurement = {
  name: 'event-loop-teacher',
  question: 'A teacher at saturation, digits: does the event loop stay free?',
  async measure(context) {
    const bodies = singleBodies(await digitImages(), { route: 'teacher' });
    const tasks = await quietDigitsTask(context.dir);
    return measureEventLoop(context, { tasks, task: 'digits', bodies, who: 'teacher' });
  },
};

interface Subject {
  readonly tasks: string;
  readonly task: string;
  readonly bodies: readonly Buffer[];
  readonly who: string;
}

async function measureEventLoop(context: BenchContext, subject: Subject): Promise<Measured> {
  const { tasks, task, bodies, who } = subject;
  const { command } = context;
  const gateway = await startGateway({ dataDir: join(context.dir, `event-loop-${task}`), tasks });
  try {
    const target = { url: gateway.predictUrl(task), bodies };
    const { perSecond, health, lagMs } = await saturateAndProbe(context, gateway, target);
    const latencyUs = health.latencyUs.get('all') ?? newHistogram();
    const [p50, p99] = [percentileMs(latencyUs, 50), percentileMs(latencyUs, 99)];
    const maxMs = latencyUs.maxValue / 1000;
    const named = (what: string, value: number) => {
      return { figure: `${what}, beside a saturated ${who}`, value, unit: 'ms', command };
    };
    return {
      figures: [
        atMost(20, named('/healthz p99', p99)),
        atMost(20, named('/healthz max', maxMs)),
        atMost(10, named('delay of the event loop, p99', lagMs)),
      ],
      report: [
        `${perSecond.toFixed(0)} predictions a second, closed loop of ${connections};`,
        `${health.answered} of ${health.sent} probes of /healthz were answered. The delay is`,
        `\`nodejs_eventloop_lag_p99_seconds\` less the ${samplingMs} ms of its sampling timer.`,
        '',
        tableOf(
          ['/healthz', 'p50 ms', 'p99 ms', 'max ms'],
          [[`beside the ${who}`, p50, p99, maxMs]],
        ),
      ].join('\n'),
    };
  } finally {
    await gateway.stop();
  }
}

async function saturateAndProbe(
  { generator, isQuick }: BenchContext,
  gateway: BenchGateway,
  target: { readonly url: string; readonly bodies: readonly Buffer[] },
): Promise<{ perSecond: number; health: OpenLoopResult; lagMs: number }> {
  const seconds = isQuick ? 4 : 20;
  const prober = startGenerator();
  const time = { warmUpSeconds: 1, seconds, timeoutMs: 30_000 };
  const common = { ...time, bodies: [new Uint8Array(0)], groupField: null, seed: 2 };
  try {
    await gateway.metrics(); // A scrape starts the histogram of the delay anew.
    const [load, health] = await Promise.all([
      generator.saturate({ ...target, connections, ...time }),
      prober.openLoop({
        ...{ ...common, url: `${gateway.url}/healthz`, method: 'GET', ratePerSecond: 50 },
        ...{ connectionsMax: 16, pacing: 'sparing' },
      }),
    ]);
    const lagMs = lagMsOf(await gateway.metrics()) - samplingMs;
    return { perSecond: load.perSecond, health, lagMs };
  } finally {
    await prober.stop();
  }
}

function lagMsOf(metrics: string): number {
  const value = /^nodejs_eventloop_lag_p99_seconds(?:\{[^}]*\})? (\S+)$/m.exec(metrics)?.[1];
  if (value === undefined) throw new Error('/metrics has no nodejs_eventloop_lag_p99_seconds.');
  return Number(value) * 1000;
}
