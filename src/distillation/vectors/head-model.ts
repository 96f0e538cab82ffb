import { toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { Graph } from '../../onnx/graph.js';
import type { OnnxModel } from '../../onnx/decoded-model.js';
import { joinGraph } from '../join-graph.js';
import { noveltyFeatureCount, noveltyFeatures } from '../novelty/novelty-features.js';
import type { StudentModel } from '../student-model.js';
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
  { network, standard, plane }: Pick<TrainedVectors, 'network' | 'standard' | 'plane'>,
): Pick<StudentModel, 'onnx' | 'novelty'> & { readonly outputName: string } {
  const { architecture, theta } = network;
  const graph = new Graph();
  const x = graph.input(vector, ['batch', standard.centres.length]);
  const weights = packedConstants(graph, theta, architecture);
  const seen = appendStandard(graph, x, standard);
  const logits = architecture.forward(graph, seen, weights);
  graph.output(modelTensors.output, logits);
  graph.output(modelTensors.novelty, noveltyFeatures(graph, { x: seen, logits }, plane));
  const inputs = { [vector]: vector };
  const { model, prefix } = joinGraph(base, { graph, inputs, prefix: headPrefix });
  return {
    onnx: toBinary(ModelProtoSchema, model),
    outputName: `${prefix}${modelTensors.output}`,
    novelty: {
      outputName: `${prefix}${modelTensors.novelty}`,
      features: noveltyFeatureCount,
    },
  };
}
