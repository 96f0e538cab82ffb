import { randomUUID } from 'node:crypto';
import { destination } from 'pino';
import { createChannel, type Channel } from './cluster/channel.js';
import type { PrimaryCalls, WorkerCalls } from './cluster/protocol.js';
import { createWorkerHandlers } from './cluster/worker.js';
import { CancelledError } from './errors.js';
import { createLog } from './telemetry/log.js';

/*
 * One of several processes that answer predictions, and its composition root. The primary forks it,
 * tells it what to serve, and tells it when to end.
 */

// A terminal sends its signals to every process: the primary decides when this one ends.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
// Without the primary nothing can be escalated or captured: another one starts afresh.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

const log = createLog('warn', destination({ fd: 2, sync: true }));
const handlers = createWorkerHandlers(() => primary, {
  log,
  now: () => new Date().getTime(),
  newId: () => randomUUID(),
});
const primary: Channel<PrimaryCalls> = createChannel<WorkerCalls, PrimaryCalls>(
  {
    send: (message) => void process.send!(message),
    onMessage: (listener) => void process.on('message', listener),
    onClosed: (listener) => void process.on('disconnect', listener),
  },
  handlers,
  () => new CancelledError('The primary process has gone.'),
);
primary.tell('hello', null);
