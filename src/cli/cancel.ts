import { ConflictError } from '../errors.js';
import { withTask, type ControlOptions } from './task-control.js';

/**
 * `understudy cancel TASK [RUN]`
 *
 * @param run  null: the one that is going on.
 */
export async function cancel(
  name: string,
  run: string | null,
  options: ControlOptions,
): Promise<void> {
  const { id, state, message } = await withTask(name, options, async (task) => {
    const present = run ?? (await task.runs()).find(({ state }) => state === 'running')?.id;
    if (present === undefined)
      throw new ConflictError(`No run of ${name} is going on.`, {}, { isRetryable: false });
    return task.cancelRun(present);
  });
  if (state === 'failed')
    console.log(`Run ${id} of ${name} is cancelled: the student that serves goes on.`);
  else console.log(`Run ${id} of ${name} was at its end already: ${message}`);
}
