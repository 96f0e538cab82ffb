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
  /** Resolves when it hears the primary; rejects when it ends before. */
  readonly ready: Promise<void>;
  /** Resolves with what ended it, when it has ended and its last message has been read. */
  readonly ended: Promise<string>;
  /** True as soon as nothing reaches it any more, which is before `ended`. */
  readonly hasGone: () => boolean;
  /** Its newest known metrics; what it counted outlives it. */
  metrics: MetricsJson;
  /** Connections may reach it: it must be asked to end. */
  isInUse: boolean;
  readonly kill: () => void;
}

/** What a worker may ask, but for `hello`. */
export type OwnHandlers = Omit<Handlers<PrimaryCalls>, 'hello'>;
export type ForkWorker = (number: number, handlers: OwnHandlers) => WorkerHandle;

const entry = fileURLToPath(new URL('../cluster-worker.js', import.meta.url));

/** Forks a worker, which listens to nobody yet. */
export function forkWorker(number: number, handlers: OwnHandlers): WorkerHandle {
  cluster.schedulingPolicy = cluster.SCHED_RR; // Else a kernel gives most connections to few.
  cluster.setupPrimary({ exec: entry, args: [], serialization: 'advanced' });
  const worker = cluster.fork();
  let isGone = false;
  worker.once('disconnect', () => (isGone = true)); // Before the channel's own listener.
  const ended = endOf(worker);
  const gone = (): Error => new CancelledError(`Worker ${number} has gone.`);
  let greet: () => void;
  const hello = new Promise<void>((resolve) => (greet = resolve));
  const channel = createChannel<PrimaryCalls, WorkerCalls>(
    {
      send: (message) => void (worker.isConnected() && worker.send(message as object)),
      onMessage: (listener) => void worker.on('message', listener),
      onClosed: (listener) => void worker.once('disconnect', listener),
    },
    { ...handlers, hello: () => greet() },
    gone,
  );
  const endedBefore = ended.then((why) => {
    throw new CancelledError(`Worker ${number} ended at its start: ${why}.`);
  });
  const ready = Promise.race([hello, endedBefore]);
  ready.catch(() => {}); // Whoever starts it may have given up before.
  return {
    number,
    pid: worker.process.pid ?? 0,
    channel,
    ready,
    ended,
    hasGone: () => isGone,
    metrics: [],
    isInUse: false,
    kill: () => void worker.process.kill('SIGKILL'),
  };
}

/** A process can end before what it sent last has been read: both must have happened. */
async function endOf(worker: Worker): Promise<string> {
  const unstarted = new Promise<string>((resolve) => {
    // Also a message to one that has just died; `exit` speaks of those.
    worker.on('error', (error: Error) => {
      if (worker.process.pid === undefined) resolve(String(error));
    });
  });
  const exited = new Promise<string>((resolve) => {
    worker.once('exit', (code: number | null, signal: string | null) =>
      resolve(signal === null ? `exit code ${code}` : `signal ${signal}`),
    );
  });
  const disconnected = new Promise<void>((resolve) => worker.once('disconnect', resolve));
  haveDisconnect(worker);
  return Promise.race([unstarted, Promise.all([exited, disconnected]).then(([why]) => why)]);
}

/** How often, ms, the channel of a process that has ended is looked at. */
const lookEveryMs = 200;

/**
 * Node never says `disconnect` of a process that was killed before it acknowledged a connection
 * that was handed to it: it waits for that first. Its successor, and whoever drains, would wait for
 * ever. A channel that is closed has been read to its end: then it is said here.
 */
function haveDisconnect(worker: Worker): void {
  let looking: NodeJS.Timeout | undefined;
  let isSaid = false;
  worker.once('exit', () => {
    if (isSaid) return;
    looking = setInterval(() => {
      if (!worker.process.connected) worker.process.emit('disconnect');
    }, lookEveryMs);
  });
  worker.once('disconnect', () => {
    isSaid = true;
    clearInterval(looking);
  });
}
