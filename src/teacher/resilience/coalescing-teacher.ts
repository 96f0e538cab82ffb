import { CancelledError, TeacherTimeoutError } from '../../errors.js';
import type { Input } from '../../task/task.js';
import { gaveUp } from '../call-failure.js';
import { pricesOf, type CallContext, type Teacher, type TeacherAnswer } from '../teacher.js';
import { RowAnswers } from './row-answers.js';
import { createSharedCalls, waitForAll } from './shared-calls.js';

/**
 * Lets equal inputs that are at the teacher at one moment share one answer: who comes first has
 * asked and paid, the others get it as it is (`isShared`), for nothing. The call goes on while one
 * of them waits, and ends with the last who gives up. Nothing is remembered once it has ended.
 *
 * A caller waits for all of his rows: one that fails, in whosever call, leaves the others what they
 * are. Who has joined a call that then takes too long asks for himself, once: its time was not his.
 */
export function createCoalescingTeacher(inner: Teacher): Teacher {
  const calls = createSharedCalls(inner);

  async function ask(
    inputs: readonly Input[],
    signal: AbortSignal | undefined,
    { context, mayAskAgain }: { readonly context: CallContext; readonly mayAskAgain: boolean },
  ): Promise<readonly TeacherAnswer[]> {
    if (signal?.aborted === true) throw new CancelledError(gaveUp);
    const mine = { ...context }; // One for each call, to tell who waits.
    const places = calls.join(inputs, mine);
    const answers = new RowAnswers(inputs.length, context.answered);
    try {
      await waitForAll(new Set(places.map(({ call }) => call)), signal, mine);
    } finally {
      places.forEach(({ call, row, isShared }, index) => {
        const answer = call.answers.at(row);
        if (answer === undefined) return;
        answers.keep(index, isShared ? { ...answer, costUsd: 0, isShared } : answer);
      });
    }
    const left = answers.missing();
    const failures = await Promise.all(left.map((row) => places[row]!.call.ended));
    const isLate = left.every(
      (row, k) => places[row]!.isShared && failures[k]?.error instanceof TeacherTimeoutError,
    );
    if (left.length > 0 && !(isLate && mayAskAgain)) throw tellingOf(failures);
    if (left.length > 0) {
      const answered = (k: number, answer: TeacherAnswer) => answers.keep(left[k]!, answer);
      const again = { context: { ...context, answered }, mayAskAgain: false };
      await ask(
        left.map((row) => inputs[row]!),
        signal,
        again,
      );
    }
    return answers.known();
  }

  const { name, version } = inner;
  return {
    name,
    version,
    ...pricesOf(inner),
    label: (inputs, signal, context = {}) => ask(inputs, signal, { context, mayAskAgain: true }),
    close: () => inner.close(),
  };
}

const tellingOf = (failures: readonly ({ readonly error: unknown } | null)[]): unknown =>
  failures.find((one) => one !== null)?.error ?? new RangeError('Too few rows were answered.');
