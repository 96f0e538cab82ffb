import { z } from 'zod';
import { InvalidBundleError } from '../errors.js';
import { schemaProblemsOf } from '../files/schema-problems.js';
import { imageInputSchema } from '../task/image-input-schema.js';
import { bundleFormat, type BundleManifest } from './bundle.js';

/** One file name, so it can not lead out of the bundle's directory. */
const fileName = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/, 'must be a plain file name, without a path');
const text = z.string().min(1).max(1000);
const count = z.number().int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits');

/** Fields that this version does not know are kept: only the format's number breaks readers. */
const manifestSchema: z.ZodType<BundleManifest> = z.looseObject({
  format: z.literal(bundleFormat),
  version: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'use letters, digits, . _ and -'),
  task: text,
  createdAt: z.iso.datetime({ offset: true }),
  model: z.strictObject({
    file: fileName,
    sha256,
    bytes: z.number().int().min(1).max(2_147_483_647, 'ONNX files end at 2 GiB'),
    inputName: text,
    outputName: text,
    parameters: count,
    multiplyAdds: count,
    architecture: text,
  }),
  labels: z
    .array(text)
    .min(2)
    .max(10_000)
    .refine((labels) => new Set(labels).size === labels.length, 'labels must be unique'),
  input: imageInputSchema,
  calibration: z.strictObject({ temperature: z.number().gt(0) }),
  lineage: z.strictObject({
    trainer: text,
    seed: count,
    rows: count,
    snapshotSha256: sha256,
    teacherVersion: text.nullable(),
    parent: text.nullable(),
    command: text,
    durationMs: z.number().min(0),
  }),
  licence: z.strictObject({ weights: text, data: text }),
});

/**
 * Validates the parsed content of a manifest.
 *
 * @param from  the file's path, for messages.
 * @throws {InvalidBundleError} listing all problems together.
 */
export function parseManifest(content: unknown, from: string): BundleManifest {
  const parsed = manifestSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const problems = schemaProblemsOf(parsed.error);
  throw new InvalidBundleError(
    `${from} has problems:\n- ${problems.join('\n- ')}\nMake the bundle again, or mend the file.`,
    { file: from, problems: problems.length },
  );
}
