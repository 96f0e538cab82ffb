import { batchesOf } from '../../student/batches-of.js';
import type { Input, InputSpec } from '../../task/task.js';
import { decodeTensors } from '../../task/tensor-codec.js';

/**
 * Parts rows into requests: at most so many each, and of tensors only such as have equal lengths.
 *
 * @returns  places of the rows in `inputs`, for each request.
 */
export function rowsOfRequests(
  inputs: readonly Input[],
  spec: InputSpec,
  rowsMax: number,
): readonly (readonly number[])[] {
  const byLengths = new Map<string, number[]>();
  inputs.forEach((input, place) => {
    const lengths = lengthsOf(input, spec);
    const same = byLengths.get(lengths);
    if (same === undefined) byLengths.set(lengths, [place]);
    else same.push(place);
  });
  return [...byLengths.values()].flatMap((places) => batchesOf(places, rowsMax));
}

/** Puts the answers of those requests back into the order of the rows. */
export function inOrder<T>(
  requests: readonly (readonly number[])[],
  answered: readonly (readonly T[])[],
): readonly T[] {
  const answers: T[] = [];
  requests.forEach((places, request) =>
    places.forEach((place, k) => (answers[place] = answered[request]![k]!)),
  );
  return answers;
}

function lengthsOf(input: Input, spec: InputSpec): string {
  if (spec.kind !== 'tensor' || spec.tensors.every(({ shape }) => !shape.includes(null))) return '';
  return decodeTensors(input, spec)
    .map(({ dims }) => dims.join())
    .join(';');
}
