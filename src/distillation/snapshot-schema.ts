import { z } from 'zod';
import { inputSchema, labelsSchema } from '../task/input-schema.js';

const count = z.number().int().min(0);
const file = z.strictObject({
  file: z.string().describe('Parquet file in the same directory'),
  rows: count,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** `manifest.json` of a dataset snapshot, for trainers outside (`dataset.ts` writes it). */
export const snapshotManifestSchema = z.strictObject({
  format: z.literal('understudy-dataset/1').describe('Another number would break readers'),
  task: z.strictObject({
    name: z.string(),
    title: z.string(),
    input: inputSchema.describe('What one input is'),
    labels: labelsSchema,
  }),
  teacher: z.strictObject({ name: z.string(), version: z.string() }),
  seed: z.number().int().min(0),
  shiftPixels: z
    .number()
    .int()
    .min(0)
    .describe('Pixels by which an image may be moved without changing its label'),
  timeSpanMs: z
    .strictObject({ first: z.number(), last: z.number() })
    .nullable()
    .describe('First and last moment of the captured rows, ms since the epoch'),
  leftOut: z
    .strictObject({
      ...{ duplicates: count, heldOut: count },
      ...{ newClients: count, nearDuplicates: count, clientShare: count },
    })
    .exactOptional()
    .describe('Rows that were left out, by why; absent where nobody has counted'),
  inputKeyId: z
    .string()
    .exactOptional()
    .describe('Key that inputs are encrypted by (AES-256-GCM); absent: they are not'),
  files: z.strictObject({ train: file, validation: file }),
});
