import { UnknownTaskError } from '../errors.js';
import { createPatience } from '../serving/patience.js';
import { callerOf } from '../task/caller.js';
import type { WorkerSupport } from '../serving/worker-support.js';
import type { Handlers } from './channel.js';
import type { PrimaryCalls } from './protocol.js';

/** What the primary does when a worker asks. */
export function createPrimaryHandlers(
  tasks: ReadonlyMap<string, WorkerSupport>,
): Omit<Handlers<PrimaryCalls>, 'hello'> {
  const taskOf = (name: string): WorkerSupport => {
    const task = tasks.get(name);
    if (task === undefined) throw new UnknownTaskError(name, [...tasks.keys()]);
    return task;
  };
  return {
    escalate: ({ task, drafts, route, timeoutMs }, signal) =>
      taskOf(task).escalate(drafts, {
        route,
        patience: createPatience(callerOf(signal), timeoutMs),
      }),
    label: ({ task, row }) => taskOf(task).label(row),
    labellingLost: ({ task, rows, why }) => taskOf(task).labellingLost(rows, new Error(why)),
    tally: ({ task, tally }) => taskOf(task).tally(tally),
  };
}
