import { toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { Graph } from '../../onnx/graph.js';
import type { OnnxModel } from '../../onnx/decoded-model.js';
import { joinGraph } from '../join-graph.js';
import { modelTensors, packedConstants } from '../training-graph.js';
import { appendStandard } from './standardise.js';
import type { TrainedVectors } from './train-vectors.js';

/** Of the names of a head, in the model that it is a part of. */
export const headPrefix = 'head/';

/**
 * Puts a trained network behind a model that gives its vectors.
 *
 * @param vector  name of the model's value [batch, inputSize] float32.
 */
export function withHead(
  base: OnnxModel,
  vector: string,
  { network, standard }: Pick<TrainedVectors, 'network' | 'standard'>,
): { readonly onnx: Uint8Array; readonly outputName: string } {
  const { architecture, theta } = network;
  const graph = new Graph();
  const x = graph.input(vector, ['batch', standard.centres.length]);
  const weights = packedConstants(graph, theta, architecture);
  const logits = architecture.forward(graph, appendStandard(graph, x, standard), weights);
  graph.output(modelTensors.output, logits);
  const inputs = { [vector]: vector };
  const { model, prefix } = joinGraph(base, { graph, inputs, prefix: headPrefix });
  return {
    onnx: toBinary(ModelProtoSchema, model),
    outputName: `${prefix}${modelTensors.output}`,
  };
}
