import { InvalidBundleError } from '../errors.js';
import type { Input } from '../task/task.js';
import type { ModelThread } from './model-thread.js';
import { packInputs } from './packed-inputs.js';

/** A model that has not answered a handful of inputs by then, ms, has an endless loop. */
const trialMsMax = 120_000;
/** The longest text is left out here where it would hold a start up for longer, ms. */
const longestMsMax = 1000;

/** The thread can not be ended: nobody may wait for it. */
export class EndlessModelError extends InvalidBundleError {}

/**
 * Has a model in a thread answer a few inputs before it serves (`try-model.ts`).
 *
 * @param known  inputs that it must be able to answer; none: examples are made up.
 * @throws {InvalidBundleError} saying what stands against it.
 * @throws {EndlessModelError} when no answer comes within `msMax`.
 */
export async function requireSound(
  thread: Pick<ModelThread, 'call'>,
  known: readonly Input[],
  msMax = trialMsMax,
): Promise<void> {
  const inputs = packInputs(known);
  const call = { kind: 'try', inputs, longestMsMax } as const;
  const reply = await inTime(thread.call(call, [inputs.bytes.buffer]), msMax);
  if (reply === null)
    throw new EndlessModelError(
      `The model has not answered a few inputs within ${msMax / 1000} s: it has an endless loop, ` +
        'or is far too slow to serve.',
      { msMax },
    );
  if (reply.kind !== 'try') throw new TypeError('The model thread gave another reply.');
  if (reply.problems.length > 0)
    throw new InvalidBundleError(reply.problems.join('\n'), { problems: reply.problems.length });
}

/** Closes a thread that is of no use, unless it would never end. */
export async function closeFailed(thread: ModelThread, error: unknown): Promise<void> {
  if (!(error instanceof EndlessModelError)) await thread.close();
}

async function inTime<T>(result: Promise<T>, msMax: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => (timer = setTimeout(resolve, msMax, null)));
  try {
    return await Promise.race([result, late]);
  } finally {
    clearTimeout(timer);
  }
}
