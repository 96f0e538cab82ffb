import { GatewayError, InvalidConfigError } from '../errors.js';

/**
 * Waits until every one of them has ended, however it does.
 *
 * @throws  what `togetherOf` makes of those that failed.
 */
export async function allOrProblems<T extends readonly unknown[] | []>(
  works: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const settled: readonly PromiseSettledResult<unknown>[] = await Promise.allSettled(works);
  const failed = settled.filter((one) => one.status === 'rejected');
  if (failed.length > 0) throw togetherOf(failed.map(({ reason }) => reason as unknown));
  return Promise.all(works);
}

/**
 * Makes one error of all that stands in the way of a start, each problem in its own words: whoever
 * mends the first need not start again to hear of the next.
 *
 * @param reasons  at least one; what several have failed of is told once.
 * @returns        a single one as it is, and so the first that is our own mistake, for its stack.
 */
export function togetherOf(reasons: readonly unknown[]): unknown {
  const problems = [...new Set(reasons.flatMap(partsOf))];
  const mistake = problems.find((one) => !(one instanceof GatewayError));
  if (mistake !== undefined) return mistake;
  const known = problems.filter((one) => one instanceof GatewayError);
  if (known.length === 1) return known[0];
  const list = known.map(({ message }) => `\n- ${message.replaceAll('\n', '\n  ')}`).join('');
  return new InvalidConfigError(
    `${known.length} problems stand in the way of a start:${list}`,
    { problems: known.length },
    { cause: new AggregateError(known) },
  );
}

const partsOf = (reason: unknown): readonly unknown[] =>
  reason instanceof InvalidConfigError && reason.cause instanceof AggregateError
    ? (reason.cause.errors as readonly unknown[])
    : [reason];
