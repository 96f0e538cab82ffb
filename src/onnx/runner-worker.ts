import { workerData } from 'node:worker_threads';
import { serveThread } from '../threads/serve-thread.js';
import { openInlineRunner } from './inline-runner.js';
import type { ModelShape } from './model-runner.js';

/** The thread behind `openWorkerRunner`: one model, one run at a time, in the order of arrival. */
export interface WorkerModel {
  readonly model: Uint8Array;
  readonly shape: ModelShape;
}
export interface WorkerRun {
  readonly input: Float32Array<ArrayBuffer>;
  readonly rows: number;
}

await serveThread<WorkerRun, Float32Array>(async () => {
  const { model, shape } = workerData as WorkerModel;
  const runner = await openInlineRunner(model, shape);
  return {
    async answer({ input, rows }) {
      // The tensor's memory belongs to the runtime.
      const result = Float32Array.from(await runner.run(input, rows));
      return { result, transfer: [result.buffer] };
    },
    close: () => runner.close(),
  };
});
