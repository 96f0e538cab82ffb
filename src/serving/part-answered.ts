import { TeacherFailedError } from '../errors.js';
import type { PredictRequest } from '../task/task-service.js';
import type { Draft } from './draft.js';

/** Where the failure says which rows have no answer, by their ids. */
const unansweredKey = 'unanswered';
/** Places of inputs that a failure names. */
const namedMax = 10;

/**
 * The failure of a teacher that has answered some rows of a request: it may be about what the
 * others say, and its caller can ask again without them.
 *
 * @param left  rows without an answer, of `rows` that the teacher was asked about.
 */
export function partAnswered(error: unknown, left: readonly Draft[], rows: number): unknown {
  if (!(error instanceof TeacherFailedError) || left.length === 0 || left.length === rows)
    return error;
  const { message, details, isRetryable } = error;
  const unanswered = left.map(({ id }) => id).join(' ');
  const more = { ...details, answered: rows - left.length, [unansweredKey]: unanswered };
  return new TeacherFailedError(message, more, { isRetryable, cause: error });
}

/** The same failure, which names the rows by their places in the request. */
export function inputsNamed(
  error: unknown,
  drafts: readonly Draft[],
  { inputs }: Pick<PredictRequest, 'inputs'>,
): unknown {
  if (!(error instanceof TeacherFailedError)) return error;
  const { [unansweredKey]: ids, ...details } = error.details;
  if (typeof ids !== 'string') return error;
  const unanswered = new Set(ids.split(' '));
  const places = drafts
    .filter(({ id }) => unanswered.has(id))
    .map(({ input }) => inputs.indexOf(input))
    .sort((one, other) => one - other);
  const named = places.slice(0, namedMax).map((place) => `inputs[${place}]`);
  const others = places.length > namedMax ? ` and ${places.length - namedMax} more` : '';
  const message =
    `${error.message} ${named.join(', ')}${others} had no answer; the other ` +
    `${details['answered']} rows were answered, and are kept. Ask again without what fails.`;
  return new TeacherFailedError(
    message,
    { ...details, unanswered: named.join(', ') + others },
    { isRetryable: error.isRetryable, cause: error },
  );
}
