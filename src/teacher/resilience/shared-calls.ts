import { withAbort } from '../../student/with-abort.js';
import type { Input } from '../../task/task.js';
import { gaveUp } from '../call-failure.js';
import { inputKeyOf } from '../input-key.js';
import type { CallContext, Teacher } from '../teacher.js';
import { RowAnswers } from './row-answers.js';

/** One call at the teacher, and those who wait for it. */
export interface SharedCall {
  readonly answers: RowAnswers;
  /** Resolves when it has ended, with what it failed with; null: it has not. */
  readonly ended: Promise<{ readonly error: unknown } | null>;
  readonly waiting: Set<CallContext>;
  readonly giveUp: () => void;
}

/** Where the answer to one input comes from. */
export interface Place {
  readonly call: SharedCall;
  readonly row: number;
  /** Another caller asks for it, and pays; or the same one, with an equal input. */
  readonly isShared: boolean;
}

export interface SharedCalls {
  /** Asks for what nobody asks for yet. @returns where the answer to each input comes from. */
  join(inputs: readonly Input[], context: CallContext): readonly Place[];
}

/** Knows the calls that are at a teacher, by the inputs that they are about. */
export function createSharedCalls(inner: Pick<Teacher, 'label'>): SharedCalls {
  const inFlight = new Map<string, Omit<Place, 'isShared'>>();

  function start(keys: readonly string[], inputs: readonly Input[], first: CallContext): void {
    const waiting = new Set([first]);
    const controller = new AbortController();
    const answers = new RowAnswers(inputs.length);
    const context = { ...first, leftMs: () => longestOf(waiting), answered: answers.keep };
    let hasEnded = false;
    const ended = inner.label(inputs, controller.signal, context).then(
      (given) => {
        forget();
        given.forEach((answer, row) => answers.keep(row, answer));
        return null;
      },
      (error: unknown) => {
        forget();
        return { error };
      },
    );
    const call: SharedCall = { answers, ended, waiting, giveUp };
    function giveUp(): void {
      if (hasEnded) return; // To fire a signal takes time, also where nobody hears it.
      forget(); // Who comes now is not to wait for a call that ends.
      controller.abort();
    }
    function forget(): void {
      hasEnded = true;
      for (const key of keys) if (inFlight.get(key)?.call === call) inFlight.delete(key);
    }
    keys.forEach((key, row) => inFlight.set(key, { call, row }));
  }

  function join(inputs: readonly Input[], context: CallContext): readonly Place[] {
    const keys = inputs.map(inputKeyOf);
    const firstAt = new Map<string, number>();
    keys.forEach((key, row) => {
      if (!inFlight.has(key) && !firstAt.has(key)) firstAt.set(key, row);
    });
    if (firstAt.size > 0) {
      const asked = [...firstAt.values()].map((row) => inputs[row]!);
      start([...firstAt.keys()], asked, context);
    }
    return keys.map((key, row) => ({
      ...inFlight.get(key)!,
      isShared: firstAt.get(key) !== row,
    }));
  }

  return { join };
}

/** Waits until all of these calls have ended. @throws {CancelledError} when the signal fires. */
export async function waitForAll(
  calls: ReadonlySet<SharedCall>,
  signal: AbortSignal | undefined,
  context: CallContext,
): Promise<void> {
  for (const { waiting } of calls) waiting.add(context);
  try {
    const all = Promise.all([...calls].map(({ ended }) => ended));
    await (signal === undefined ? all : withAbort(all, signal, { why: gaveUp }));
  } finally {
    for (const { waiting, giveUp } of calls) {
      waiting.delete(context);
      if (waiting.size === 0) giveUp();
    }
  }
}

/** Null: one of them has no end to his time. */
function longestOf(waiting: ReadonlySet<CallContext>): number | null {
  const left = [...waiting].map(({ leftMs }) => leftMs?.() ?? null);
  return left.some((ms) => ms === null) ? null : Math.max(...(left as number[]));
}
