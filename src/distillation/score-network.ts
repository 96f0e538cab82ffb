import { InferenceSession, Tensor } from '../onnx/runtime.js';
import { sessionOptions } from '../onnx/session-options.js';
import { decodeImage } from '../task/image-codec.js';
import { imageSizeOf, type Input } from '../task/task.js';
import type { TrainedStudent } from './embedded-trainer.js';
import type { ImageTask } from './image-task.js';
import { buildModelGraph, modelTensors } from './training-graph.js';

/** @returns [rows][classes] logits of a network that no bundle holds yet. */
export async function scoreNetwork(
  { architecture, theta }: TrainedStudent,
  task: ImageTask,
  rows: readonly { readonly input: Input }[],
): Promise<Float32Array[]> {
  const inputSize = imageSizeOf(task.input);
  const model = buildModelGraph(architecture, inputSize, theta);
  const session = await InferenceSession.create(model, sessionOptions);
  try {
    const pixels = new Float32Array(rows.length * inputSize);
    rows.forEach(({ input }, row) => pixels.set(decodeImage(input, task.input), row * inputSize));
    const feeds = { [modelTensors.input]: new Tensor('float32', pixels, [rows.length, inputSize]) };
    const { data } = (await session.run(feeds))[modelTensors.output]!;
    const logits = data as Float32Array;
    const classCount = task.labels.length;
    return rows.map((_, row) => logits.slice(row * classCount, (row + 1) * classCount));
  } finally {
    await session.release();
  }
}
