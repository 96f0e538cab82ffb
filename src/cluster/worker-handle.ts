import cluster, { type Worker } from 'node:cluster';
import { fileURLToPath } from 'node:url';
import { CancelledError } from '../errors.js';
import type { MetricsJson } from '../telemetry/metrics.js';
import { createChannel, type Channel, type Handlers } from './channel.js';
import type { PrimaryCalls, WorkerCalls } from './protocol.js';

/** One worker as the primary knows it. */
export interface WorkerHandle {
  readonly number: number;
  readonly pid: number;
  readonly channel: Channel<WorkerCalls>;
  /** Resolves with what ended it, when it has ended. */
  readonly ended: Promise<string>;
  /** Its newest known metrics; what it counted outlives it. */
  metrics: MetricsJson;
  /** Requests reach it: it must be told of every change. */
  isLive: boolean;
  /** It is told to go: its end is no surprise. */
  isLeaving: boolean;
  kill(): void;
}

const entry = fileURLToPath(new URL('../cluster-worker.js', import.meta.url));

/** Forks a worker that listens to the primary, and to nobody else yet. */
export function forkWorker(number: number, handlers: Handlers<PrimaryCalls>): WorkerHandle {
  cluster.setupPrimary({ exec: entry, args: [], serialization: 'advanced' });
  const worker: Worker = cluster.fork();
  worker.on('error', () => {}); // A message to one that has just died: `exit` says so.
  const ended = new Promise<string>((resolve) => {
    worker.once('exit', (code: number | null, signal: string | null) =>
      resolve(signal === null ? `exit code ${code}` : `signal ${signal}`),
    );
  });
  const channel = createChannel<PrimaryCalls, WorkerCalls>(
    {
      send: (message) => void (worker.isConnected() && worker.send(message as object)),
      onMessage: (listener) => void worker.on('message', listener),
      onClosed: (listener) => void worker.once('disconnect', listener),
    },
    handlers,
    () => new CancelledError(`Worker ${number} has gone.`),
  );
  return {
    number,
    pid: worker.process.pid ?? 0,
    channel,
    ended,
    metrics: [],
    isLive: false,
    isLeaving: false,
    kill: () => void worker.process.kill('SIGKILL'),
  };
}
