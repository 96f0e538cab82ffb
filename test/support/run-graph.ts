import { InferenceSession, Tensor } from '../../src/onnx/runtime.js';
import { encodeModel } from '../../src/onnx/encode-model.js';
import type { Graph } from '../../src/onnx/graph.js';
import { sessionOptions } from '../../src/onnx/session-options.js';

export interface OpenGraph {
  /** Runs it on values for each input, in the input's shape, and gives every output. */
  run(feeds: Readonly<Record<string, Float32Array>>): Promise<Record<string, Float32Array>>;
  close(): Promise<void>;
}

/** Opens a graph of fixed sizes in ONNX Runtime. */
export async function openGraph(graph: Graph): Promise<OpenGraph> {
  const session = await InferenceSession.create(encodeModel(graph), sessionOptions);
  return {
    async run(feeds) {
      const tensors = graph.inputs.map(({ name, shape }) => {
        const tensor = new Tensor('float32', feeds[name]!, shape.map(Number));
        return [name, tensor] as const;
      });
      const results = await session.run(Object.fromEntries(tensors));
      const outputs = graph.outputs.map(({ name }) => {
        const data = results[name]!.data as Float32Array;
        return [name, Float32Array.from(data)] as const;
      });
      return Object.fromEntries(outputs);
    },
    close: () => session.release(),
  };
}

/** Opens, runs once, closes. */
export async function runGraph(
  graph: Graph,
  feeds: Readonly<Record<string, Float32Array>>,
): Promise<Record<string, Float32Array>> {
  const open = await openGraph(graph);
  try {
    return await open.run(feeds);
  } finally {
    await open.close();
  }
}
