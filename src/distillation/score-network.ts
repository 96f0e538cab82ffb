import { InferenceSession } from '../onnx/runtime.js';
import { sessionOptions } from '../onnx/session-options.js';
import { matrixOf } from './adamw-state.js';
import type { TrainedStudent } from './embedded-trainer.js';
import { partsOf } from './parts-of.js';
import { buildModelGraph, modelTensors } from './training-graph.js';

/**
 * Scores vectors with a network that no bundle holds yet.
 *
 * @param vectors  [rows] of [inputSize] float32.
 * @returns        [rows][classes] logits.
 */
export async function scoreNetwork(
  { architecture, theta }: TrainedStudent,
  vectors: readonly Float32Array[],
): Promise<Float32Array[]> {
  const inputSize = vectors[0]?.length ?? 0;
  if (inputSize === 0) return [];
  const model = buildModelGraph(architecture, { inputSize, theta });
  const session = await InferenceSession.create(model, sessionOptions);
  try {
    const scored: Float32Array[] = [];
    for (const part of partsOf(vectors, inputSize)) {
      const x = new Float32Array(part.length * inputSize);
      part.forEach((vector, row) => x.set(vector, row * inputSize));
      const results = await session.run({ [modelTensors.input]: matrixOf(x, inputSize) });
      const logits = results[modelTensors.output]!.data as Float32Array;
      const classCount = logits.length / part.length;
      for (let row = 0; row < part.length; row++)
        scored.push(logits.slice(row * classCount, (row + 1) * classCount));
    }
    return scored;
  } finally {
    await session.release();
  }
}
