import { dependentsOf } from './dependents.js';
import type { SourceModel, SourceNode } from './source-model.js';

/**
 * Finds the nodes that have weights, or may have, in a form that the trainer does not know: a
 * `GRU`, products in 8 bits, local functions, bodies. Even where they come before every weight that
 * is known they are no mere preparation of the input, that can be left as it is.
 *
 * @param hasImporter  whether the trainer knows an operator.
 */
export function nodesWithUnknownWeights(
  source: SourceModel,
  hasImporter: (op: string) => boolean,
): ReadonlySet<SourceNode> {
  const { model, nodes, inputs, initializers } = source;
  // Scales of a Resize and the like are vectors.
  const matrices = [...initializers].filter(([, { dims }]) => dims.length > 1);
  const changing = dependentsOf(source, inputs);
  const weights = dependentsOf(
    source,
    matrices.map(([name]) => name),
  );
  const functions = new Set(model.functions.map(({ domain, name }) => `${domain}.${name}`));
  return new Set(
    nodes.filter(
      (node) =>
        node.outputs.some((name) => changing.has(name)) &&
        !hasImporter(node.op) &&
        (node.hasBody ||
          functions.has(node.op) ||
          node.inputs.some((name) => weights.has(name) && !changing.has(name))),
    ),
  );
}
