import type { Graph, Value } from '../../onnx/graph.js';
import { add, scalar } from '../../onnx/operators.js';
import { gradientRules } from './gradient-rules.js';

/**
 * Extends a graph with the gradients of a scalar by reverse-mode differentiation: a walk from the
 * loss back to the front, each node handing its gradient to its inputs by the chain rule.
 *
 * @param loss    a scalar value of `graph` (shape []).
 * @param wanted  values to differentiate by; each must lead to `loss`.
 * @returns       one gradient for each of `wanted`, of the same shape.
 * @throws {RangeError} when `loss` is not a scalar, an operator has no gradient rule, or `loss`
 *                      does not depend on a wanted value.
 * @see Griewank & Walther 2008, "Evaluating Derivatives", ch. 3
 */
export function gradients(graph: Graph, loss: Value, wanted: readonly Value[]): Value[] {
  if (loss.shape.length !== 0)
    throw new RangeError(`The loss must be a scalar, got [${loss.shape.join()}].`);

  const nodes = [...graph.nodes]; // Those of the forward pass: the walk appends more.
  const leadsFromWanted = new Set(wanted.map(({ name }) => name));
  for (const { inputs, outputs } of nodes) {
    if (!inputs.some(({ name }) => leadsFromWanted.has(name))) continue;
    for (const { name } of outputs) leadsFromWanted.add(name);
  }

  const gradientOf = new Map<string, Value>([[loss.name, scalar(graph, 1)]]);
  for (const node of nodes.reverse()) {
    const gradient = gradientOf.get(node.outputs[0]!.name);
    if (gradient === undefined || !node.inputs.some(({ name }) => leadsFromWanted.has(name))) {
      continue;
    }
    const rule = gradientRules[node.op];
    if (rule === undefined) throw new RangeError(`${node.op} has no gradient rule.`);
    const parts = rule(graph, node, gradient);
    node.inputs.forEach(({ name }, index) => {
      const part = parts[index];
      if (part == null || !leadsFromWanted.has(name)) return;
      const before = gradientOf.get(name);
      gradientOf.set(name, before === undefined ? part() : add(graph, before, part()));
    });
  }
  return wanted.map(({ name }) => {
    const gradient = gradientOf.get(name);
    if (gradient === undefined) throw new RangeError(`The loss does not depend on ${name}.`);
    return gradient;
  });
}
