import { CancelledError } from '../../errors.js';
import { withAbort } from '../../student/with-abort.js';
import type { Input } from '../../task/task.js';
import { gaveUp } from '../call-failure.js';
import { inputKeyOf } from '../input-key.js';
import { pricesOf, type CallContext, type Teacher, type TeacherAnswer } from '../teacher.js';

/** One call at the teacher, and those who wait for it. */
interface SharedCall {
  readonly answers: Promise<readonly TeacherAnswer[]>;
  readonly waiting: Set<CallContext>;
  readonly giveUp: () => void;
}

/** Where the answer to one input comes from. */
interface Place {
  readonly call: SharedCall;
  readonly row: number;
}

/**
 * Lets equal inputs that are at the teacher at one moment share one answer: who comes first has
 * asked and paid, the others get it as it is (`isShared`), for nothing. The call goes on while one
 * of them waits, and ends with the last who gives up. Nothing is remembered once it has ended.
 */
export function createCoalescingTeacher(inner: Teacher): Teacher {
  const inFlight = new Map<string, Place>();

  function start(keys: readonly string[], inputs: readonly Input[], first: CallContext): void {
    const waiting = new Set([first]);
    const controller = new AbortController();
    const context = { ...first, leftMs: () => longestOf(waiting) };
    const answers = inner.label(inputs, controller.signal, context).finally(forget);
    answers.catch(() => {}); // Heard by those who wait, if there still are any.
    const call: SharedCall = { answers, waiting, giveUp };
    function giveUp(): void {
      forget(); // Who comes now is not to wait for a call that ends.
      controller.abort();
    }
    function forget(): void {
      for (const key of keys) if (inFlight.get(key)?.call === call) inFlight.delete(key);
    }
    keys.forEach((key, row) => inFlight.set(key, { call, row }));
  }

  async function waitFor(
    places: readonly Place[],
    signal: AbortSignal | undefined,
    context: CallContext,
  ): Promise<readonly TeacherAnswer[]> {
    const calls = new Set(places.map(({ call }) => call));
    for (const { waiting } of calls) waiting.add(context);
    try {
      const all = Promise.all(places.map(async ({ call, row }) => (await call.answers)[row]!));
      return await (signal === undefined ? all : withAbort(all, signal, gaveUp));
    } finally {
      for (const { waiting, giveUp } of calls) {
        waiting.delete(context);
        if (waiting.size === 0) giveUp();
      }
    }
  }

  async function label(
    inputs: readonly Input[],
    signal?: AbortSignal,
    context: CallContext = {},
  ): Promise<readonly TeacherAnswer[]> {
    if (signal?.aborted === true) throw new CancelledError(gaveUp);
    const mine = { ...context }; // One for each call, to tell who waits.
    const keys = inputs.map(inputKeyOf);
    const firstAt = new Map<string, number>();
    keys.forEach((key, row) => {
      if (!inFlight.has(key) && !firstAt.has(key)) firstAt.set(key, row);
    });
    if (firstAt.size > 0) {
      const asked = [...firstAt.values()].map((row) => inputs[row]!);
      start([...firstAt.keys()], asked, mine);
    }
    const places = keys.map((key) => inFlight.get(key)!);
    const answers = await waitFor(places, signal, mine);
    return answers.map((answer, row) =>
      firstAt.get(keys[row]!) === row ? answer : { ...answer, costUsd: 0, isShared: true },
    );
  }

  const { name, version } = inner;
  return { name, version, ...pricesOf(inner), label, close: () => inner.close() };
}

/** Null: one of them has no end to his time. */
function longestOf(waiting: ReadonlySet<CallContext>): number | null {
  const left = [...waiting].map(({ leftMs }) => leftMs?.() ?? null);
  return left.some((ms) => ms === null) ? null : Math.max(...(left as number[]));
}
