import { CancelledError } from '../../errors.js';
import { Deadline } from '../../task/deadline.js';
import { gaveUp, lateTeacher } from '../call-failure.js';

/**
 * Gives a call to a teacher so much time, and ends it when its caller gives up.
 *
 * @param work  ends early when the signal fires.
 * @throws {TeacherTimeoutError} when the time was over, {CancelledError} when the caller gave up,
 *         or what the work fails with.
 */
export async function withinDeadline<T>(
  { name, timeoutMs }: { readonly name: string; readonly timeoutMs: number },
  caller: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = new Deadline(timeoutMs, caller);
  try {
    return await work(deadline.signal);
  } catch (cause) {
    if (deadline.passed) throw lateTeacher(name, timeoutMs, cause);
    if (deadline.aborted) throw new CancelledError(gaveUp, {}, { cause });
    throw cause;
  } finally {
    deadline.end();
  }
}
