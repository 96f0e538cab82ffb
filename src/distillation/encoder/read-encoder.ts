import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { InvalidBundleError } from '../../errors.js';
import { parseJson } from '../../files/parse-json.js';
import { schemaProblemsOf } from '../../files/schema-problems.js';
import { decodeModel, type OnnxModel } from '../../onnx/decoded-model.js';
import type { PreprocessSpec } from '../../preprocess/preprocess-spec.js';
import { fileName } from '../../registry/file-name.js';
import { completePreprocess, preprocessSchema } from '../../registry/preprocess-schema.js';
import type { InputSpec } from '../../task/task.js';

/** A model that somebody has brought to have a head put on it. */
export interface Encoder {
  /** Of its directory; for people. */
  readonly name: string;
  /** ONNX bytes. */
  readonly bytes: Uint8Array;
  readonly model: OnnxModel;
  readonly preprocess: PreprocessSpec;
  /** What preprocessing reads, by name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The input for an image, and the output to take; null: what fits. */
  readonly inputName: string | null;
  readonly outputName: string | null;
}

/** What is read of a `manifest.json`; that of a bundle has more, and serves too. */
const manifestSchema = z.looseObject({
  model: z
    .looseObject({
      file: fileName.default('model.onnx'),
      inputName: z.string().min(1).nullable().default(null),
      outputName: z.string().min(1).nullable().default(null),
    })
    .prefault({}),
  preprocess: preprocessSchema.optional(),
});
type Manifest = z.output<typeof manifestSchema>;

/** Where exporters put the model, where no manifest says it. */
const usualPlaces = ['model.onnx', join('onnx', 'model.onnx')];

/**
 * Reads the directory of an encoder: `model.onnx` (or `onnx/model.onnx`), for texts
 * `tokenizer.json` and perhaps `tokenizer_config.json`; and a `manifest.json` where something is
 * not as usual, with `model` and `preprocess` as in a bundle's.
 *
 * @throws {InvalidBundleError} saying what is missing or wrong.
 */
export async function readEncoder(dir: string, input: InputSpec): Promise<Encoder> {
  const manifest = await readManifest(join(dir, 'manifest.json'));
  const places = manifest === null ? usualPlaces : [manifest.model.file];
  const bytes = await readFirst(places.map((place) => join(dir, place)));
  const model = decoded(bytes, dir);
  const preprocess = await preprocessOf(dir, { manifest, input, model });
  const names =
    preprocess.kind === 'tokenizer' ? [preprocess.file, preprocess.configFile ?? []].flat() : [];
  const files = new Map<string, Uint8Array>();
  for (const name of names) files.set(name, await readFirst([join(dir, name)]));
  const { inputName = null, outputName = null } = manifest?.model ?? {};
  return { name: basename(dir), bytes, model, preprocess, files, inputName, outputName };
}

async function readManifest(path: string): Promise<Manifest | null> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return null;
  let content: unknown;
  try {
    content = parseJson(text);
  } catch (cause) {
    throw new InvalidBundleError(`${path} is not JSON: ${String(cause)}`, {}, { cause });
  }
  const parsed = manifestSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const problems = schemaProblemsOf(parsed.error);
  throw new InvalidBundleError(`${path} has problems:\n- ${problems.join('\n- ')}`);
}

async function readFirst(paths: readonly string[]): Promise<Uint8Array> {
  for (const path of paths) {
    const bytes = await readFile(path).catch(() => null);
    if (bytes !== null) return bytes;
  }
  throw new InvalidBundleError(
    `The encoder lacks ${paths.join(' or ')}. Its directory (distillation.trainer.encoder) has ` +
      'model.onnx, and tokenizer.json for texts; a manifest.json names other files.',
  );
}

function decoded(bytes: Uint8Array, dir: string): OnnxModel {
  try {
    const model = decodeModel(bytes);
    if (model.graph !== undefined) return model;
  } catch {
    // Said below.
  }
  throw new InvalidBundleError(
    `The encoder in ${dir} is no ONNX model, or is cut short: export it again.`,
  );
}

async function preprocessOf(
  dir: string,
  {
    manifest,
    input,
    model,
  }: {
    readonly manifest: Manifest | null;
    readonly input: InputSpec;
    readonly model: OnnxModel;
  },
): Promise<PreprocessSpec> {
  const isUsual = manifest?.preprocess === undefined && input.kind === 'text';
  const written = isUsual ? await usualTokens(dir, model) : manifest?.preprocess;
  const preprocess = completePreprocess(input, written);
  if (typeof preprocess !== 'string') return preprocess;
  throw new InvalidBundleError(`The encoder in ${dir} does not fit the task: ${preprocess}`);
}

/** As the tokenizers of Hugging Face's models are called, and the inputs of their exports. */
async function usualTokens(dir: string, model: OnnxModel) {
  const inputs = new Set(model.graph!.input.map(({ name }) => name));
  const config = 'tokenizer_config.json';
  const hasConfig = (await readFile(join(dir, config)).catch(() => null)) !== null;
  const ifThere = (name: string): string | null => (inputs.has(name) ? name : null);
  return preprocessSchema.parse({
    kind: 'tokenizer',
    configFile: hasConfig ? config : null,
    attentionMask: ifThere('attention_mask'),
    tokenTypeIds: ifThere('token_type_ids'),
  });
}
