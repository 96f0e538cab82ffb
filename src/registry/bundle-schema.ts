import { z } from 'zod';
import { InvalidBundleError } from '../errors.js';
import { schemaProblemsOf } from '../files/schema-problems.js';
import { inputSchema, labelsSchema } from '../task/input-schema.js';
import { bundleFormat, type BundleManifest } from './bundle.js';
import { fileName, otherFileName } from './file-name.js';
import { completePreprocess, preprocessSchema } from './preprocess-schema.js';

const text = z.string().min(1).max(1000);
const count = z.number().int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits');
const fileBytes = z.number().int().min(1).max(2_147_483_647, 'ONNX files end at 2 GiB');

/**
 * `manifest.json` as people and trainers write it: what has a default, or can be read off the
 * files, may be left out. Fields that this version does not know are kept: only the format's number
 * breaks readers.
 */
export const manifestSchema = z.looseObject({
  format: z.literal(bundleFormat),
  version: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'use letters, digits, . _ and -')
    .optional()
    .describe('Given anew when the bundle is taken in; default v0-<first 8 digits of SHA-256>'),
  task: text.default('unnamed'),
  createdAt: z.iso
    .datetime({ offset: true })
    .optional()
    .describe('Default: when the model file was last changed'),
  model: z.strictObject({
    file: fileName.default('model.onnx'),
    sha256: sha256.optional().describe('Checked when given'),
    bytes: fileBytes.optional().describe('Checked when given'),
    inputName: text.nullable().default(null).describe('The input that an image goes into'),
    outputName: text.nullable().default(null).describe('The output with a score for each label'),
    parameters: count.nullable().default(null),
    multiplyAdds: count.nullable().default(null),
    architecture: text.default('ONNX model'),
  }),
  labels: labelsSchema,
  input: inputSchema,
  preprocess: preprocessSchema.optional(),
  output: z
    .strictObject({ kind: z.enum(['logits', 'probabilities']).default('logits') })
    .prefault({}),
  files: z
    .array(z.strictObject({ file: otherFileName, sha256, bytes: fileBytes }))
    .max(100)
    .default([])
    .describe('Checksums of the other files; those that preprocess names need not be listed'),
  recorded: otherFileName
    .nullable()
    .default(null)
    .describe('File with inputs and the answers to them, which a loaded model must give again'),
  calibration: z.strictObject({ temperature: z.number().gt(0) }).default({ temperature: 1 }),
  lineage: z
    .strictObject({
      trainer: text,
      seed: count,
      rows: count,
      snapshotSha256: sha256,
      teacherVersion: text.nullable(),
      parent: text.nullable(),
      command: text,
      durationMs: z.number().min(0),
    })
    .nullable()
    .default(null),
  licence: z.strictObject({ weights: text, data: text }).nullable().default(null),
});

type Checked<T> = Omit<T, 'sha256' | 'bytes'> & {
  readonly sha256?: string | undefined;
  readonly bytes?: number | undefined;
};
/** A valid manifest that may still lack what only the files can say. */
export type WrittenManifest = Omit<BundleManifest, 'version' | 'createdAt' | 'model'> & {
  readonly version?: string | undefined;
  readonly createdAt?: string | undefined;
  readonly model: Checked<BundleManifest['model']>;
};

/**
 * Validates the parsed content of a manifest.
 *
 * @param from  the file's path, for messages.
 * @throws {InvalidBundleError} listing all problems together.
 */
export function parseManifest(content: unknown, from: string): WrittenManifest {
  const parsed = manifestSchema.safeParse(content);
  if (!parsed.success) throw problemsOf(from, schemaProblemsOf(parsed.error));
  const { preprocess: written, ...rest } = parsed.data;
  const preprocess = completePreprocess(rest.input, written);
  if (typeof preprocess === 'string') throw problemsOf(from, [preprocess]);
  return { ...rest, preprocess };
}

function problemsOf(from: string, problems: readonly string[]): InvalidBundleError {
  return new InvalidBundleError(
    `${from} has problems:\n- ${problems.join('\n- ')}\nMake the bundle again, or mend the file.`,
    { file: from, problems: problems.length },
  );
}
