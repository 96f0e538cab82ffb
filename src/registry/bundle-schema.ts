import { z } from 'zod';
import { InvalidBundleError } from '../errors.js';
import { schemaProblemsOf } from '../files/schema-problems.js';
import { scoreNames } from '../routing/rate-logits.js';
import { inputSchema, labelsSchema } from '../task/input-schema.js';
import { bundleFormat, type BundleManifest } from './bundle.js';
import { fileName, otherFileName } from './file-name.js';
import { completePreprocess, preprocessSchema } from './preprocess-schema.js';

const text = z.string().min(1).max(1000);
const count = z.number().int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits');
const fileBytes = z.number().int().min(1).max(2_147_483_647, 'ONNX files end at 2 GiB');

const features = z.array(z.number()).min(1).max(64);
const noveltySchema = z
  .strictObject({
    output: text.describe('Output with features that grow with strangeness, [batch, features]'),
    means: features.describe('Of each feature, on ordinary rows'),
    deviations: z.array(z.number().gt(0)).min(1).max(64).describe('Its standard deviation there'),
    max: z
      .number()
      .nullable()
      .describe('Higher sums of (feature - mean) / deviation are out of scope'),
  })
  .refine(({ means, deviations }) => means.length === deviations.length, {
    path: ['deviations'],
    error: 'must be as many as means',
  })
  .describe('What is out of scope: the teacher is asked, however sure the student is');

/**
 * `manifest.json` as people and trainers write it: what has a default, or can be read off the
 * files, may be left out. Fields that this version does not know are kept: only the format's number
 * breaks readers.
 */
export const manifestSchema = z.looseObject({
  format: z
    .literal(bundleFormat, {
      error: ({ input }) =>
        `must be "${bundleFormat}", got ${input === undefined ? 'nothing' : JSON.stringify(input)}`,
    })
    .describe('Another number would break readers'),
  version: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'use letters, digits, . _ and -')
    .optional()
    .describe('Given anew when it is taken in; default: v0- and 8 digits of the SHA-256'),
  task: text.default('unnamed').describe('For people: what it was made for'),
  createdAt: z.iso
    .datetime({ offset: true })
    .optional()
    .describe('Default: when the model file was last changed'),
  model: z
    .strictObject({
      file: fileName.default('model.onnx').describe('Weights inside, one file'),
      sha256: sha256.optional().describe('Of the file, hex; checked when given'),
      bytes: fileBytes.optional().describe('Size of the file; checked when given'),
      inputName: text
        .nullable()
        .default(null)
        .describe('Input for the image; null: there is one only'),
      outputName: text
        .nullable()
        .default(null)
        .describe('Output with the scores; null: one only fits'),
      parameters: count.nullable().default(null).describe('Shown, not used'),
      multiplyAdds: count.nullable().default(null).describe('Of one row; shown, not used'),
      architecture: text.default('ONNX model').describe('One line for people'),
    })
    .prefault({}),
  labels: labelsSchema.describe("Names, in the order of the model's scores"),
  input: inputSchema.describe("What one input is; the task's must be the same"),
  preprocess: preprocessSchema.optional().describe('How it becomes tensors; a must for text'),
  output: z
    .strictObject({
      kind: z.enum(['logits', 'probabilities']).default('logits').describe('What the scores are'),
    })
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
  calibration: z
    .strictObject({
      temperature: z.number().gt(0).describe('Logits are divided by it'),
      score: z
        .enum(scoreNames)
        .default('top-probability')
        .describe('What its confidence is made of; runs choose it on validation rows'),
      novelty: noveltySchema.nullable().optional(),
    })
    .default({ temperature: 1, score: 'top-probability' }),
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
      settings: text.optional(),
      searchedRows: count.nullable().optional(),
    })
    .nullable()
    .default(null)
    .describe('How it was trained; trainers write it'),
  compression: z
    .strictObject({
      kind: z.literal('int8'),
      of: text,
      ofSha256: sha256,
      products: count,
      kept: count,
    })
    .nullable()
    .optional()
    .describe('The version whose weights it has in 8 bits; `understudy compress` writes it'),
  licence: z
    .strictObject({ weights: text, data: text })
    .nullable()
    .default(null)
    .describe('Licences of the weights and of the data behind them'),
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
