import { randomUUID } from 'node:crypto';
import { destination } from 'pino';
import { createChannel, type Channel } from './cluster/channel.js';
import { removePrimarySocket } from './cluster/primary-socket.js';
import type { PrimaryCalls, WorkerCalls } from './cluster/protocol.js';
import { createWorkerHandlers } from './cluster/worker.js';
import { CancelledError } from './errors.js';
import { createLog, silentLog } from './telemetry/log.js';

/*
 * One of several processes that answer predictions, and its composition root. The primary forks it,
 * tells it what to serve, and tells it when to end.
 */

// A terminal sends its signals to every process: the primary decides when this one ends.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
// Without the primary nothing can be escalated or captured: another one starts afresh.
// (First: node's own listener would end this process more slowly.)
process.prependListener('disconnect', () => {
  if (primarySocket !== null) removePrimarySocket(primarySocket);
  process.kill(process.pid, 'SIGKILL');
});
let primarySocket: string | null = null;

/** The primary has just gone: `disconnect` says so. Without this it would be an uncaught error. */
const onUnsent = (): void => {};
const handlers = createWorkerHandlers(() => primary, {
  openLog: (level) =>
    level === 'silent' ? silentLog : createLog(level, destination({ fd: 2, sync: true })),
  now: () => new Date().getTime(),
  newId: () => randomUUID(),
});
const primary: Channel<PrimaryCalls> = createChannel<WorkerCalls, PrimaryCalls>(
  {
    send: (message) => void process.send!(message, undefined, undefined, onUnsent),
    onMessage: (listener) => void process.on('message', listener),
    onClosed: (listener) => void process.on('disconnect', listener),
  },
  {
    ...handlers,
    open(start, signal) {
      ({ primarySocket } = start);
      return handlers.open(start, signal);
    },
  },
  () => new CancelledError('The primary process has gone.'),
);
primary.tell('hello', null);
