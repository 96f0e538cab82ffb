import { parentPort, workerData } from 'node:worker_threads';
import { openInlineRunner } from './inline-runner.js';
import type { ModelShape } from './model-runner.js';

/** The thread behind `openWorkerRunner`: one model, one run at a time, in the order of arrival. */
export interface WorkerRequest {
  readonly id: number;
  readonly input: Float32Array<ArrayBuffer>;
  readonly rows: number;
}
export type WorkerReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'output'; readonly id: number; readonly output: Float32Array }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string };

const port = parentPort;
if (port === null) throw new Error('runner-worker.js must be started as a worker thread.');
const reply = (message: WorkerReply, transfer: ArrayBuffer[] = []): void =>
  port.postMessage(message, transfer);
const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

const { model, shape } = workerData as { model: Uint8Array; shape: ModelShape };
const runner = await openInlineRunner(model, shape).catch((error: unknown) => {
  reply({ kind: 'refused', message: messageOf(error) });
  return null;
});

if (runner !== null) {
  port.on('message', (request: WorkerRequest | 'close') => {
    if (request === 'close') {
      void runner.close().then(() => port.close());
      return;
    }
    runner.run(request.input, request.rows).then(
      (output) => {
        const own = Float32Array.from(output); // The tensor's memory belongs to the runtime.
        reply({ kind: 'output', id: request.id, output: own }, [own.buffer]);
      },
      (error: unknown) => reply({ kind: 'failed', id: request.id, message: messageOf(error) }),
    );
  });
  reply({ kind: 'ready' });
}
