import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { stringify } from 'yaml';
import { encodeModel } from '../../src/onnx/encode-model.js';
import type { TokenizerPreprocess } from '../../src/preprocess/preprocess-spec.js';
import { buildEncoder, multiplyAddsOf, type EncoderSize } from './encoder-graph.js';
import { makeWords, tokenizerJson, vocabularyOf } from './word-piece.js';

/** The task that the encoders answer: which of 16 made-up intents a text has. */
export const intentsTask = {
  name: 'intents',
  title: 'Intents of made-up texts',
  input: { kind: 'text', charsMax: 2000 },
  labels: Array.from({ length: 16 }, (_, index) => `intent-${index}`),
} as const;

const wordCount = 8_000;
const wordSeed = 8;
const positions = 512;

/** The words that the tokenizer knows whole. */
export const intentWords = (): readonly string[] => makeWords(wordCount, wordSeed);

const preprocessOf = (padToMultipleOf: number): TokenizerPreprocess => ({
  kind: 'tokenizer',
  file: 'tokenizer.json',
  configFile: null,
  tokensMax: 128,
  padToMultipleOf,
  inputIds: 'input_ids',
  attentionMask: 'attention_mask',
  tokenTypeIds: null,
});

export interface EncoderOptions extends Pick<
  EncoderSize,
  'layers' | 'width' | 'heads' | 'feedForward'
> {
  /** Tokens of a text are filled up to a multiple of it; default 16. */
  readonly padToMultipleOf?: number;
  /** Another seed gives another model of the same cost. */
  readonly seed: number;
}

/** Writes a bundle: manifest.json, model.onnx, tokenizer.json. The same options, the same bytes. */
export async function writeEncoderBundle(dir: string, options: EncoderOptions): Promise<void> {
  const { seed, layers, width, heads, feedForward, padToMultipleOf = 16 } = options;
  const preprocess = preprocessOf(padToMultipleOf);
  const vocabulary = vocabularyOf(intentWords());
  const size: EncoderSize = {
    ...{ layers, width, heads, feedForward, positions },
    vocabulary: vocabulary.length,
    labels: intentsTask.labels.length,
  };
  const graph = buildEncoder(size, seed);
  const model = encodeModel(graph);
  const tokenizer = Buffer.from(JSON.stringify(tokenizerJson(vocabulary)));
  const floats = [...graph.constants.values()].filter(({ data }) => data instanceof Float32Array);
  const modelFile = fileOf('model.onnx', model);
  const manifest = {
    format: 'understudy-bundle/1',
    version: `v0-${modelFile.sha256.slice(0, 8)}`,
    task: intentsTask.name,
    createdAt: '2026-11-25T00:00:00.000Z',
    model: {
      ...modelFile,
      inputName: null,
      outputName: 'logits',
      parameters: floats.reduce((sum, { data }) => sum + data.length, 0),
      multiplyAdds: multiplyAddsOf(size, tokensOfMultiplyAdds),
      architecture: `encoder ${layers} x ${width}, random weights`,
    },
    labels: intentsTask.labels,
    input: intentsTask.input,
    preprocess,
    output: { kind: 'logits' },
    files: [fileOf(preprocess.file, tokenizer)],
    calibration: { temperature: 1 },
    lineage: null,
    licence: { weights: 'Apache-2.0', data: 'none: the weights are random' },
  };
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'model.onnx'), model);
  await writeFile(join(dir, preprocess.file), tokenizer);
  await writeFile(join(dir, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Writes the task file of a student and a teacher bundle, beside which paths are relative. */
export async function writeIntentsTask(
  dir: string,
  bundles: { readonly student: string; readonly teacher: string },
): Promise<string> {
  const path = join(dir, 'task.yaml');
  const task = {
    ...intentsTask,
    student: `./${relative(dir, bundles.student)}`,
    teacher: {
      kind: 'onnx',
      name: 'encoder-teacher',
      bundle: `./${relative(dir, bundles.teacher)}`,
      costPerRowUsd: 0.001,
      timeoutMs: 10_000,
    },
    policy: { riskMax: 0.05 },
  };
  await mkdir(dir, { recursive: true });
  await writeFile(path, stringify(task));
  return path;
}

/** The cost in the manifest is that of a text of so many tokens. */
const tokensOfMultiplyAdds = 32;

const fileOf = (file: string, bytes: Uint8Array) => ({
  file,
  sha256: createHash('sha256').update(bytes).digest('hex'),
  bytes: bytes.byteLength,
});
