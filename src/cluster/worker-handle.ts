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

/**
 * Forks a worker.
 *
 * @returns  when it listens to the primary; to nobody else yet.
 * @throws {CancelledError} when it ends before.
 */
export async function forkWorker(
  number: number,
  handlers: Omit<Handlers<PrimaryCalls>, 'hello'>,
): Promise<WorkerHandle> {
  cluster.setupPrimary({ exec: entry, args: [], serialization: 'advanced' });
  const worker: Worker = cluster.fork();
  worker.on('error', () => {}); // A message to one that has just died: `exit` says so.
  const ended = new Promise<string>((resolve) => {
    worker.once('exit', (code: number | null, signal: string | null) =>
      resolve(signal === null ? `exit code ${code}` : `signal ${signal}`),
    );
  });
  const gone = (): Error => new CancelledError(`Worker ${number} has gone.`);
  let greeted: () => void;
  const hello = new Promise<void>((resolve) => (greeted = resolve));
  const channel = createChannel<PrimaryCalls, WorkerCalls>(
    {
      send: (message) => void (worker.isConnected() && worker.send(message as object)),
      onMessage: (listener) => void worker.on('message', listener),
      onClosed: (listener) => void worker.once('disconnect', listener),
    },
    { ...handlers, hello: () => greeted() },
    gone,
  );
  await Promise.race([
    hello,
    ended.then(() => {
      throw gone();
    }),
  ]);
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
