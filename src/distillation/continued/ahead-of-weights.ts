import { create } from '@bufbuild/protobuf';
import { ValueInfoProtoSchema } from 'onnx-buf';
import { encodeWith, graphOf } from '../../onnx/decoded-model.js';
import { InferenceSession, type Tensor } from '../../onnx/runtime.js';
import { sessionOptions } from '../../onnx/session-options.js';
import { dependentsOf } from './dependents.js';
import type { SourceWeight } from './find-weights.js';
import { neededFor, type SourceModel } from './source-model.js';
import { capturedBy } from './subgraphs.js';

type Tensors = Readonly<Record<string, Tensor>>;

/** The part of a model that comes before every weight. */
export interface Ahead {
  /** @returns what the training graph takes: inputs, and values that were computed of them. */
  run(tensors: Tensors): Promise<Tensors>;
  close(): Promise<void>;
}

/**
 * Opens what a model does with its inputs before the first weight: scaling, resizing, masks. No
 * gradient goes there, so it runs as it is in the file, whatever operators it has.
 */
export async function openAhead(
  source: SourceModel,
  weights: readonly SourceWeight[],
): Promise<Ahead> {
  const { taken, computed } = borderOf(source, weights);
  const session = computed.length === 0 ? null : await openPart(source, computed);
  return {
    async run(tensors) {
      const own = Object.entries(tensors).filter(([name]) => taken.has(name));
      const values = session === null ? {} : await session.run(tensors, computed);
      return { ...Object.fromEntries(own), ...values };
    },
    close: async () => session?.release(),
  };
}

/** Of the values that hang on inputs and on no weight, those that the rest takes. */
function borderOf(source: SourceModel, weights: readonly SourceWeight[]) {
  const { nodes, inputs, scores } = source;
  const changing = dependentsOf(source, inputs);
  const learning = dependentsOf(
    source,
    weights.map(({ name }) => name),
  );
  const rest = nodes.filter(({ outputs }) => outputs.some((name) => learning.has(name)));
  const taken = new Set([scores, ...rest.flatMap((node) => [...node.inputs, ...node.captured])]);
  const computed = [...taken].filter(
    (name) => changing.has(name) && !learning.has(name) && !inputs.includes(name),
  );
  return { taken, computed };
}

function openPart({ model }: SourceModel, names: readonly string[]): Promise<InferenceSession> {
  const graph = graphOf(model);
  const output = names.map((name) => create(ValueInfoProtoSchema, { name }));
  const node = neededFor(names, graph.node);
  const read = new Set(node.flatMap((one) => [...one.input, ...capturedBy(one)]));
  const initializer = graph.initializer.filter(({ name }) => read.has(name));
  const part = encodeWith(model, { ...graph, node: [...node], initializer, output });
  return InferenceSession.create(part, sessionOptions);
}
