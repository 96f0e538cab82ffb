import { UnknownTaskError } from '../errors.js';
import { createPatience } from '../serving/patience.js';
import { callerOf } from '../task/caller.js';
import type { WorkerSupport } from '../serving/worker-support.js';
import type { OwnHandlers } from './worker-handle.js';

/**
 * What the primary does when a worker asks.
 *
 * @param own  what concerns that worker alone.
 */
export function createPrimaryHandlers(
  tasks: ReadonlyMap<string, WorkerSupport>,
  own: Pick<OwnHandlers, 'metrics' | 'portClosed'>,
): OwnHandlers {
  const taskOf = (name: string): WorkerSupport => {
    const task = tasks.get(name);
    if (task === undefined) throw new UnknownTaskError(name, [...tasks.keys()]);
    return task;
  };
  return {
    ...own,
    async escalate({ task, drafts, timeoutMs, ...asked }, signal) {
      const patience = createPatience(callerOf(signal), timeoutMs);
      try {
        return await taskOf(task).escalate(drafts, { ...asked, patience });
      } finally {
        patience.end();
      }
    },
    label: ({ task, row }) => taskOf(task).label(row),
    labellingLost: ({ task, rows, why }) => taskOf(task).labellingLost(rows, new Error(why)),
    tally: ({ task, tally }) => taskOf(task).tally(tally),
  };
}
