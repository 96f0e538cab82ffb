import { env, InferenceSession, Tensor } from 'onnxruntime-web/wasm';
import { allocate, copyInto, toFloat32 } from '../../model/convert-dtype.js';
import { createHashedNgramsPreprocessor } from '../../preprocess/hashed-ngrams.js';
import { createImagePreprocessor } from '../../preprocess/image.js';
import type { Preprocessor, RowTensor } from '../../preprocess/preprocessor.js';
import type { BundleManifest } from '../../registry/bundle.js';
import { softmax } from '../../routing/confidence.js';
import type { Dtype } from '../../task/dtype.js';
import type { Input } from '../../task/task.js';
import type { NumericData } from '../../task/typed-arrays.js';
import { getStudentFile } from '../api.js';

/** A student that runs in this browser: its bundle's model and preprocessing, no gateway. */
export interface EdgeStudent {
  readonly version: string;
  readonly architecture: string;
  readonly modelBytes: number;
  /** From the first request to a model that can run, ms. */
  readonly loadMs: number;
  answer(input: Input): Promise<EdgeAnswer>;
  close(): Promise<void>;
}

export interface EdgeAnswer {
  readonly label: string;
  /** By label, calibrated as the bundle says. */
  readonly probabilities: Readonly<Record<string, number>>;
  /** Preprocessing and run, ms. */
  readonly runMs: number;
}

/** Threads of WebAssembly need a page that is isolated from others; one is enough for a student. */
env.wasm.numThreads = 1;

/**
 * Takes a version's bundle from the gateway and opens it, by the same preprocessing and the same
 * way from scores to probabilities as the gateway's own.
 *
 * @throws {Error} when the bundle asks for what only the gateway has (a tokenizer, raw tensors).
 */
export async function openEdgeStudent(task: string, version: string): Promise<EdgeStudent> {
  const startedMs = performance.now();
  const response = await getStudentFile(task, version, 'manifest.json');
  const manifest = (await response.json()) as BundleManifest;
  const file = await getStudentFile(task, version, manifest.model.file);
  const session = await InferenceSession.create(new Uint8Array(await file.arrayBuffer()), {
    executionProviders: ['wasm'],
    graphOptimizationLevel: 'all',
  });
  const preprocessor = preprocessorOf(manifest, session.inputNames);
  const dtypeOf = (name: string): Dtype => {
    const value = session.inputMetadata.find((input) => input.name === name);
    return value?.isTensor === true ? (value.type as Dtype) : 'float32';
  };
  const output = manifest.model.outputName ?? session.outputNames[0]!;
  return {
    version,
    architecture: manifest.model.architecture,
    modelBytes: manifest.model.bytes,
    loadMs: performance.now() - startedMs,
    async answer(input) {
      const beganMs = performance.now();
      const feeds = preprocessor.prepare(input).map((row) => feedOf(row, dtypeOf(row.name)));
      const results = await session.run(Object.fromEntries(feeds));
      const { data, type } = results[output]!;
      const probabilities = probabilitiesOf(toFloat32(data as NumericData, type), manifest);
      const runMs = performance.now() - beganMs;
      const surest = probabilities.indexOf(Math.max(...probabilities));
      const named = manifest.labels.map((label, index) => [label, probabilities[index]!] as const);
      return { label: manifest.labels[surest]!, probabilities: Object.fromEntries(named), runMs };
    },
    close: () => session.release(),
  };
}

/** What `openEdgeStudent` can open. */
export const edgeKinds: readonly string[] = ['image', 'hashed-ngrams'];

function preprocessorOf(manifest: BundleManifest, inputNames: readonly string[]): Preprocessor {
  const { input, preprocess, model } = manifest;
  if (preprocess.kind === 'hashed-ngrams') return createHashedNgramsPreprocessor(preprocess);
  if (preprocess.kind === 'image' && input.kind === 'image')
    return createImagePreprocessor(input, preprocess, model.inputName ?? inputNames[0]!);
  const kinds = edgeKinds.join(' or ');
  throw new Error(`This page runs students with ${kinds} preprocessing, not ${preprocess.kind}.`);
}

/** A row alone is a batch of one. */
function feedOf({ name, data, dims, dtype }: RowTensor, to: Dtype): readonly [string, Tensor] {
  const batch = allocate(to, data.length);
  copyInto(batch, 0, { data, from: dtype, to });
  return [name, new Tensor(to as 'float32', batch as Float32Array, [1, ...dims])];
}

function probabilitiesOf(scores: Float32Array, manifest: BundleManifest): readonly number[] {
  const { labels, output, calibration } = manifest;
  const own = scores.subarray(0, labels.length);
  const logits = output.kind === 'logits' ? own : own.map(Math.log);
  return [...softmax(logits, calibration.temperature)];
}
