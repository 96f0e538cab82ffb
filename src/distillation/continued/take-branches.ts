import { create } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  NodeProtoSchema,
  type GraphProto,
  type NodeProto,
} from 'onnx-buf';
import type { Feeds } from '../../model/feeder.js';
import { graphOf, isOfOnnx } from '../../onnx/decoded-model.js';
import { isFloat32, isSingle, readTensor } from '../../onnx/tensor-proto.js';
import { dependentsOf } from './dependents.js';
import { probeValues } from './probe-values.js';
import { sourceOf, type SourceModel } from './source-model.js';
import { namesIn, renamed } from './subgraphs.js';

/** Of one `If` in another; what is deeper is not covered. */
const depthMax = 16;

/**
 * Puts the branch that is taken in the place of each `If` whose condition hangs on sizes and
 * constants alone, and so is the same for all rows of these sizes. PyTorch writes `x.squeeze(1)`
 * so, where an axis is of any length.
 *
 * @param feeds  of as many rows as a training step has.
 * @returns      the same source where there is no such `If`.
 * @throws {UntrainableStudentError} when the model can not be run so.
 */
export async function takeBranches(
  source: SourceModel,
  { tensors }: Pick<Feeds, 'tensors'>,
): Promise<SourceModel> {
  let taken = source;
  for (let depth = 0; depth < depthMax; depth++) {
    const decided = decidedIfs(taken);
    if (decided.length === 0) break;
    const isTrue = await conditionsOf(taken, decided, { tensors });
    const graph = graphOf(taken.model);
    const node = graph.node.flatMap((one) =>
      decided.includes(one) ? branchOf(one, isTrue.get(one.input[0]!)!) : [one],
    );
    taken = sourceOf({ ...taken.model, graph: { ...graph, node } }, taken.scores);
  }
  return taken;
}

/** Those whose condition neither rows nor weights move, and whose branches can stand alone. */
function decidedIfs(source: SourceModel): readonly NodeProto[] {
  const { model, nodes, inputs, initializers } = source;
  const needed = new Set(nodes.filter(({ op }) => op === 'If').map(({ outputs }) => outputs[0]));
  if (needed.size === 0) return [];
  const weights = [...initializers].flatMap(([name, proto]) =>
    isFloat32(proto) && !isSingle(proto) ? [name] : [],
  );
  const moved = dependentsOf(source, [...inputs, ...weights]);
  return graphOf(model).node.filter(
    (node) =>
      node.opType === 'If' &&
      isOfOnnx(node) &&
      needed.has(node.output[0]) &&
      !moved.has(node.input[0]!) &&
      [true, false].every((isTrue) => bodyOf(node, isTrue)?.sparseInitializer.length === 0),
  );
}

/** By name. */
async function conditionsOf(
  source: SourceModel,
  decided: readonly NodeProto[],
  feeds: Pick<Feeds, 'tensors'>,
): Promise<ReadonlyMap<string, boolean>> {
  const names = new Set(decided.map(({ input: [name] }) => name!));
  const known = [...names].filter((name) => source.initializers.has(name));
  const computed = [...names].filter((name) => !source.initializers.has(name));
  const probed = await probeValues(source, { ...feeds, names: computed });
  return new Map(
    [
      ...known.map((name) => [name, readTensor(source.initializers.get(name)!)!.data] as const),
      ...computed.map((name) => [name, probed.get(name)!.data] as const),
    ].map(([name, data]) => [name, data[0] === 1]),
  );
}

const bodyOf = ({ attribute }: NodeProto, isTrue: boolean): GraphProto | undefined =>
  attribute.find(({ name }) => name === (isTrue ? 'then_branch' : 'else_branch'))?.g;

/** A branch's nodes as nodes of the graph around it: their values get names of their own. */
function branchOf(node: NodeProto, isTrue: boolean): readonly NodeProto[] {
  const body = bodyOf(node, isTrue)!;
  const prefix = `${node.output[0]!}/`;
  const names = new Map([...namesIn(body)].map((name) => [name, name && `${prefix}${name}`]));
  const constants = body.initializer.map((t) =>
    create(NodeProtoSchema, {
      opType: 'Constant',
      output: [t.name],
      attribute: [
        create(AttributeProtoSchema, {
          name: 'value',
          type: AttributeProto_AttributeType.TENSOR,
          t,
        }),
      ],
    }),
  );
  const given = body.output.map(({ name }, index) =>
    create(NodeProtoSchema, {
      opType: 'Identity',
      input: [names.get(name)!],
      output: [node.output[index]!],
    }),
  );
  return [
    ...[...constants, ...body.node].map((inner) => renamed(inner, names)),
    ...given.filter(({ output: [name] }) => name !== undefined && name !== ''),
  ];
}
