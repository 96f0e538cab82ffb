import type { Graph, Value } from '../../onnx/graph.js';
import { readTensor } from '../../onnx/tensor-proto.js';
import { dependentsOf } from './dependents.js';
import { elementwiseImporters } from './import-elementwise.js';
import { linearImporters } from './import-linear.js';
import { productImporters } from './import-products.js';
import { reductionImporters } from './import-reductions.js';
import { shapeImporters } from './import-shapes.js';
import { windowImporters } from './import-windows.js';
import { UncoveredError, type Import, type Importers } from './importer.js';
import { notCovered } from './not-covered.js';
import type { ProbedValue } from './probe-values.js';
import type { SourceModel, SourceNode } from './source-model.js';
import { nodesWithUnknownWeights } from './unknown-weights.js';

const importers: Importers = {
  ...elementwiseImporters,
  ...linearImporters,
  ...productImporters,
  ...reductionImporters,
  ...shapeImporters,
  ...windowImporters,
};

/** @param op  as in `SourceNode`. */
export const hasImporter = (op: string): boolean => importers[op] !== undefined;

/** They give floats, and no gradient. */
const flat = new Set(['CumSum']);

export interface ImportOptions {
  readonly graph: Graph;
  /** By name: what comes before the weights, see `ahead-of-weights.ts`; and the weights. */
  readonly inputs: ReadonlyMap<string, Value>;
  readonly weights: ReadonlyMap<string, Value>;
  readonly probed: ReadonlyMap<string, ProbedValue>;
}

/**
 * Makes a model's way from its weights to its scores part of a graph, with every size fixed to what
 * was probed. What depends on neither inputs nor weights becomes a constant, however it was
 * computed.
 *
 * @returns the scores.
 * @throws {UntrainableStudentError} naming all nodes that the trainer does not cover.
 */
export function importModel(source: SourceModel, options: ImportOptions): Value {
  const { graph, inputs, weights, probed } = options;
  const values = new Map([...inputs, ...weights]);
  const learning = dependentsOf(source, weights.keys());
  const valueOf = (name: string): Value | null => {
    if (name === '') return null;
    const known = values.get(name) ?? constantOf(graph, name, { source, probed });
    values.set(name, known);
    return known;
  };
  const isOnWay = ({ outputs }: SourceNode): boolean => outputs.some((name) => learning.has(name));
  const needed = neededNames(source, source.nodes.filter(isOnWay));
  const unknown = nodesWithUnknownWeights(source, hasImporter);
  const uncovered: string[] = [];
  for (const node of source.nodes) {
    if (!isOnWay(node)) {
      if (unknown.has(node)) uncovered.push(`${node.op} (${node.name})`);
      continue;
    }
    const outputs = node.outputs.map((name) => probed.get(name)!);
    try {
      const isLast = node.outputs[0] === source.scores;
      const given = {
        ...{ graph, opset: source.opset, node, isLast },
        ...{ inputs: node.inputs.map(valueOf), outputs },
      };
      requireCovered(node, given);
      const imported = importers[node.op]!(given);
      node.outputs.forEach((name, index) => {
        const value = imported[index];
        if (value !== undefined) values.set(name, checked(value, given, index));
        else if (name !== '' && needed.has(name))
          throw new UncoveredError(`its output ${name} is used`);
      });
    } catch (error) {
      if (!(error instanceof UncoveredError)) throw error;
      const why = error.message === '' ? '' : `: ${error.message}`;
      uncovered.push(`${node.op} (${node.name}${why})`);
      // What comes after it is looked at all the same.
      node.outputs.forEach((name, index) => {
        const { shape, type } = outputs[index] ?? { shape: [], type: 'float32' };
        values.set(name, { name, shape, type });
      });
    }
  }
  if (uncovered.length > 0) throw notCovered(source, uncovered);
  return valueOf(source.scores)!;
}

/**
 * What these nodes take, and the scores. An output of theirs that is not imported must not be among
 * them: it would be taken for a constant of the probe.
 */
function neededNames({ scores }: SourceModel, nodes: readonly SourceNode[]): ReadonlySet<string> {
  return new Set([scores, ...nodes.flatMap(({ inputs, captured }) => [...inputs, ...captured])]);
}

function requireCovered(node: SourceNode, given: Import): void {
  if (!hasImporter(node.op)) throw new UncoveredError();
  const { type } = given.outputs[0]!;
  if (type === 'float16' || type === 'float64')
    throw new UncoveredError(`it computes in ${type}, weights are trained in float32`);
  if (type === 'float32' && flat.has(node.op)) throw new UncoveredError();
}

function constantOf(
  graph: Graph,
  name: string,
  { source, probed }: { readonly source: SourceModel; readonly probed: ImportOptions['probed'] },
): Value {
  const proto = source.initializers.get(name);
  const found = proto === undefined ? (probed.get(name) ?? null) : readTensor(proto);
  if (found === null) throw new UncoveredError(`${name} is of a type that is not known here`);
  const { data, shape, type } = found;
  return graph.typedConstant(data, { shape, type });
}

/** A slip in an importer would train another model than the one that is served. */
function checked(value: Value, { node, outputs }: Import, index: number): Value {
  const expected = outputs[index];
  if (expected === undefined) return value;
  if (value.shape.join() !== expected.shape.join() || value.type !== expected.type) {
    const words = `${value.type} [${value.shape.join()}]`;
    throw new RangeError(
      `${node.op} (${node.name}) was imported as ${words}, and gives ` +
        `${expected.type} [${expected.shape.join()}].`,
    );
  }
  return value;
}
