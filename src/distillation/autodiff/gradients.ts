import type { Graph, GraphNode, Value } from '../../onnx/graph.js';
import { add, scalar } from '../../onnx/operators.js';
import { gradientRules } from './gradient-rules.js';
import { NoGradientError } from './no-gradient-error.js';

/**
 * Extends a graph with the gradients of a scalar by reverse-mode differentiation: a walk from the
 * loss back to the front, each node handing its gradient to its inputs by the chain rule.
 *
 * @param loss    a scalar value of `graph` (shape []).
 * @param wanted  values to differentiate by; each must lead to `loss`.
 * @returns       one gradient for each of `wanted`, of the same shape.
 * @throws {RangeError} when `loss` is not a scalar, or operators have no gradient rule (it names
 *                      all of them).
 * @throws {NoGradientError} when `loss` does not depend on wanted values.
 * @see Griewank & Walther 2008, "Evaluating Derivatives", ch. 3
 */
export function gradients(graph: Graph, loss: Value, wanted: readonly Value[]): Value[] {
  if (loss.shape.length !== 0)
    throw new RangeError(`The loss must be a scalar, got [${loss.shape.join()}].`);

  const nodes = [...graph.nodes]; // Those of the forward pass: the walk appends more.
  const leadsFromWanted = valuesFrom(nodes, wanted);
  const onTheWay = nodesTo(loss, nodes, leadsFromWanted);
  requireRules(onTheWay);

  const gradientOf = new Map<string, Value>([[loss.name, scalar(graph, 1)]]);
  for (const node of onTheWay.reverse()) {
    const gradient = gradientOf.get(node.outputs[0]!.name);
    if (gradient === undefined) continue;
    const parts = gradientRules[node.op]!(graph, node, gradient);
    node.inputs.forEach(({ name, type }, index) => {
      const part = parts[index];
      if (part == null || type !== 'float32' || !leadsFromWanted.has(name)) return;
      const before = gradientOf.get(name);
      gradientOf.set(name, before === undefined ? part() : add(graph, before, part()));
    });
  }
  const idle = wanted.filter(({ name }) => !gradientOf.has(name));
  if (idle.length > 0) throw new NoGradientError(idle.map(({ name }) => name));
  return wanted.map(({ name }) => gradientOf.get(name)!);
}

/** Names of the values that depend on wanted ones, these included. */
function valuesFrom(nodes: readonly GraphNode[], wanted: readonly Value[]): ReadonlySet<string> {
  const names = new Set(wanted.map(({ name }) => name));
  for (const { inputs, outputs } of nodes) {
    if (!inputs.some(({ name }) => names.has(name))) continue;
    for (const { name } of outputs) names.add(name);
  }
  return names;
}

/** The nodes that a gradient comes through: of floats, between the wanted values and the loss. */
function nodesTo(
  loss: Value,
  nodes: readonly GraphNode[],
  leadsFromWanted: ReadonlySet<string>,
): GraphNode[] {
  const leadsToLoss = new Set([loss.name]);
  return nodes
    .toReversed()
    .filter(({ inputs, outputs: [output] }) => {
      const { name, type } = output!;
      if (!leadsToLoss.has(name) || type !== 'float32') return false;
      const onWay = inputs.filter((input) => leadsFromWanted.has(input.name));
      for (const input of onWay) leadsToLoss.add(input.name);
      return onWay.length > 0;
    })
    .reverse();
}

function requireRules(nodes: readonly GraphNode[]): void {
  const lacking = nodes.filter(({ op }) => gradientRules[op] === undefined);
  if (lacking.length === 0) return;
  const words = lacking.map(({ op, outputs: [output] }) => `${op} (${output!.name})`);
  throw new RangeError(`There is no gradient rule for ${words.join(', ')}.`);
}
