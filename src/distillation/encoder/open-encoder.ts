import { toBinary } from '@bufbuild/protobuf';
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { ModelProtoSchema } from 'onnx-buf';
import { openInlineRunner } from '../../model/inline-runner.js';
import type { ModelRunner } from '../../model/model-runner.js';
import type { OnnxModel } from '../../onnx/decoded-model.js';
import { bundleFormat, type BundleManifest } from '../../registry/bundle.js';
import type { Input, InputSpec } from '../../task/task.js';
import { pooledEncoder } from './pooled-encoder.js';
import type { Encoder } from './read-encoder.js';

/** An encoder at work. */
export interface OpenEncoder {
  /** Ends in the embedding. */
  readonly model: OnnxModel;
  /** Name of the value [batch, width] float32 with it. */
  readonly embedding: string;
  readonly width: number;
  /**
   * Embeds inputs, equal ones once.
   *
   * @returns  [width] float32 of each.
   * @throws {InvalidInputError} when the encoder can not take one.
   */
  embed(
    inputs: readonly Input[],
    onRow: (done: number) => void,
  ): Promise<ReadonlyMap<Input, Float32Array>>;
  close(): Promise<void>;
}

/** @throws {InvalidBundleError} when the encoder can not be used; says why. */
export async function openEncoder(encoder: Encoder, input: InputSpec): Promise<OpenEncoder> {
  const pooled = await pooledEncoder(encoder, input);
  const runner = await openInlineRunner({
    manifest: manifestOf(encoder, { input, ...pooled }),
    model: toBinary(ModelProtoSchema, pooled.model),
    files: encoder.files,
    provider: 'cpu',
  });
  return {
    ...pooled,
    embed: (inputs, onRow) => embedAll(runner, inputs, onRow),
    close: () => runner.close(),
  };
}

async function embedAll(
  runner: ModelRunner,
  inputs: readonly Input[],
  onRow: (done: number) => void,
): Promise<ReadonlyMap<Input, Float32Array>> {
  const byContent = new Map<string, Float32Array>();
  const embeddings = new Map<Input, Float32Array>();
  for (const [index, input] of inputs.entries()) {
    const key = createHash('sha256').update(input).digest('base64');
    const embedding = byContent.get(key) ?? (await embedOne(runner, input));
    byContent.set(key, embedding);
    embeddings.set(input, embedding);
    onRow(index + 1);
  }
  return embeddings;
}

/** Alone: what a quantised encoder gives for a row hangs on those beside it. */
async function embedOne(runner: ModelRunner, input: Input): Promise<Float32Array> {
  const [embedding] = await runner.run([input]);
  await setImmediate(); // Reports go out, and the end of the parent process is heard.
  if (embedding instanceof Float32Array) return embedding;
  throw embedding!;
}

/** A model whose scores are the numbers of its embedding: it is run as any other one. */
function manifestOf(
  { preprocess, inputName }: Encoder,
  about: { readonly input: InputSpec; readonly embedding: string; readonly width: number },
): BundleManifest {
  return {
    format: bundleFormat,
    version: 'encoder',
    task: 'encoder',
    createdAt: '1970-01-01T00:00:00.000Z',
    model: {
      ...{ file: 'model.onnx', sha256: '', bytes: 0, inputName, outputName: about.embedding },
      ...{ parameters: null, multiplyAdds: null, architecture: 'encoder' },
    },
    labels: Array.from({ length: about.width }, (_, k) => String(k)),
    ...{ input: about.input, preprocess, output: { kind: 'logits' }, files: [], recorded: null },
    calibration: { temperature: 1, score: 'top-probability' },
    ...{ lineage: null, licence: null },
  };
}
