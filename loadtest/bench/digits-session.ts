import { join } from 'node:path';
import { repositoryRoot } from '../../src/files/repository-root.js';
import { InferenceSession, Tensor } from '../../src/onnx/runtime.js';
import { sessionOptions } from '../../src/onnx/session-options.js';

/** The digits student in ONNX Runtime and nothing else: what the gateway is measured against. */
export interface DigitsSession {
  /** One run over the first images, so many at once. */
  run(rows: number): Promise<unknown>;
  close(): Promise<void>;
}

export async function openDigitsSession(images: readonly Uint8Array[]): Promise<DigitsSession> {
  const path = join(repositoryRoot(), 'models', 'digits', 'student', 'model.onnx');
  const session = await InferenceSession.create(path, sessionOptions);
  const pixels = images[0]!.length;
  const inputOf = (rows: number): Float32Array =>
    Float32Array.from({ length: rows * pixels }, (_, at) => {
      return images[Math.floor(at / pixels)]![at % pixels]! / 255;
    });
  const inputs = new Map<number, Float32Array>();
  return {
    run(rows) {
      const input = inputs.get(rows) ?? inputOf(rows);
      inputs.set(rows, input);
      return session.run({ input: new Tensor('float32', input, [rows, pixels]) });
    },
    close: () => session.release(),
  };
}
