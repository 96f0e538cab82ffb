import type { SourceModel } from './source-model.js';

/** They give the same for all tensors of one shape. */
const shapeReaders = new Set(['Shape', 'Size']);

/**
 * Finds the values that change when one of `roots` does, these included. A shape does not: in a
 * training graph every size is fixed.
 */
export function dependentsOf(
  { nodes }: Pick<SourceModel, 'nodes'>,
  roots: Iterable<string>,
): ReadonlySet<string> {
  const names = new Set(roots);
  for (const { op, inputs, captured, outputs } of nodes) {
    if (shapeReaders.has(op)) continue;
    if (![...inputs, ...captured].some((name) => names.has(name))) continue;
    for (const name of outputs) if (name !== '') names.add(name);
  }
  return names;
}
