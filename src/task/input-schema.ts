import { z } from 'zod';
import { dtypes } from './dtype.js';
import type { InputSpec } from './task.js';

const sidePixels = z.number().int().min(1).max(4096);
const axis = z.number().int().min(1).max(1_048_576);

const imageSchema = z.strictObject({
  kind: z.literal('image'),
  width: sidePixels,
  height: sidePixels,
  channels: z.union([z.literal(1), z.literal(3)]).describe('1 for grey, 3 for red, green, blue'),
});

const textSchema = z.strictObject({
  kind: z.literal('text'),
  charsMax: z
    .number()
    .int()
    .min(1)
    .max(100_000)
    .default(4000)
    .describe('Longest text, in UTF-16 units; a longer one is refused'),
});

const tensorSchema = z.strictObject({
  kind: z.literal('tensor'),
  tensors: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(200),
        dtype: z.enum(dtypes),
        shape: z
          .array(axis.nullable())
          .max(7)
          .describe('Axes of one row, without the batch; null where the length may vary'),
      }),
    )
    .min(1)
    .max(64)
    .refine(
      (tensors) => new Set(tensors.map(({ name }) => name)).size === tensors.length,
      'names must be unique',
    ),
});

/** What one input is, as task files and bundles' manifests say it. */
export const inputSchema: z.ZodType<InputSpec> = z.discriminatedUnion('kind', [
  imageSchema,
  textSchema,
  tensorSchema,
]);

/** A label is a key of the targets and scores of a task; of this one JavaScript makes no key. */
const noLabel = '__proto__';
const labelText = z
  .string()
  .min(1)
  .max(200)
  .refine((label) => label !== noLabel, { error: `${noLabel} can not be a label` });

/** Class names, in the order of the models' outputs. */
export const labelsSchema = z
  .array(labelText)
  .min(2)
  .max(10_000)
  .refine((labels) => new Set(labels).size === labels.length, {
    error: ({ input }) => `labels must be unique: "${twiceIn(input as string[])}" is there twice`,
  });

const twiceIn = (labels: readonly string[]): string =>
  labels.find((label, index) => labels.indexOf(label) < index) ?? '';
