import { createChannel, type Handlers } from '../../src/cluster/channel.js';
import type { PrimaryCalls, WorkerCalls } from '../../src/cluster/protocol.js';
import type { ForkWorker, OwnHandlers, WorkerHandle } from '../../src/cluster/worker-handle.js';
import { CancelledError } from '../../src/errors.js';
import { joinedPorts } from '../support/joined-ports.js';

/** A worker that lives in this process, and what it was asked, in its order. */
export interface FakeWorker {
  readonly handle: WorkerHandle;
  /** As the worker: asks the primary. */
  readonly primary: OwnHandlers;
  readonly asked: string[];
  /** What it answers with, as told by its last `commit` or `show`. */
  readonly pair: () => string;
  readonly die: () => void;
  readonly isDead: () => boolean;
}

/** What a worker does other than well; `prepare` only comes before what it does. */
export type Behaviour = Partial<Handlers<WorkerCalls>> & { readonly isStillborn?: boolean };

/**
 * Forks workers that are no processes.
 *
 * @param behave  what the worker that is forked next does other than well.
 */
export function createFakeWorkers(
  behave: (number: number, forks: number) => Behaviour = () => ({}),
) {
  const workers: FakeWorker[] = [];
  const fork: ForkWorker = (number, primary) => {
    const worker = createWorker(number, primary, behave(number, workers.length));
    workers.push(worker);
    return worker.handle;
  };
  return { workers, fork };
}

function createWorker(number: number, primary: OwnHandlers, behaviour: Behaviour): FakeWorker {
  const { ends, cut } = joinedPorts();
  const gone = (): Error => new CancelledError(`Worker ${number} has gone.`);
  const asked: string[] = [];
  let prepared: string | null = null;
  let served = { version: null as string | null, threshold: null as number | null };
  const well: Handlers<WorkerCalls> = {
    open() {},
    listen: ({ port }) => ({
      address: '127.0.0.1',
      family: 'IPv4',
      port: port === 0 ? 4711 : port,
    }),
    async prepare(what, signal) {
      await behaviour.prepare?.(what, signal);
      prepared = what.source.version;
    },
    commit({ served: view }) {
      if (prepared === view.version) served = { ...served, version: prepared };
      prepared = null;
      if (served.version === view.version) served.threshold = view.promise.threshold;
    },
    abandon: () => void (prepared = null),
    show({ served: view }) {
      if (served.version === view.version) served.threshold = view.promise.threshold;
    },
    recall: () => null,
    forget() {},
    metrics: () => [],
    drain: async () => {
      await primary.portClosed(null, new AbortController().signal);
      return [];
    },
  };
  const { isStillborn = false, ...own } = { ...behaviour, prepare: well.prepare };
  createChannel<WorkerCalls, PrimaryCalls>(ends[1], noting(asked, { ...well, ...own }), gone);
  const channel = createChannel<Record<string, never>, WorkerCalls>(ends[0], {}, gone);

  let isDead = false;
  let end: (why: string) => void;
  const ended = new Promise<string>((resolve) => (end = resolve));
  const die = (): void => {
    if (isDead) return;
    isDead = true;
    cut();
    setImmediate(() => end('signal SIGKILL'));
  };
  if (isStillborn) die();
  const handle: WorkerHandle = {
    number,
    pid: number,
    channel,
    ready: isStillborn ? Promise.reject(gone()) : Promise.resolve(),
    ended,
    hasGone: () => isDead,
    metrics: [],
    isInUse: false,
    kill: die,
  };
  handle.ready.catch(() => {});
  const pair = (): string => `${served.version} ${served.threshold}`;
  return { handle, primary, asked, pair, die, isDead: () => isDead };
}

function noting(asked: string[], handlers: Handlers<WorkerCalls>): Handlers<WorkerCalls> {
  return new Proxy(handlers, {
    get(target, name: keyof WorkerCalls) {
      asked.push(name);
      return target[name];
    },
  });
}
