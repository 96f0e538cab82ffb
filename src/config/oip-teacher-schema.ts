import { z } from 'zod';
import { oipDatatypes } from '../task/oip-datatypes.js';
import { classes, remoteFields, serverUrl, temperature } from './remote-teacher-schema.js';

const tensorName = z.string().min(1).max(200);
const parameters = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({});
const perChannel = z.array(z.number()).min(1).max(3).nullable().default(null);
const datatypes = Object.values(oipDatatypes) as [string, ...string[]];

const inputSchema = z.strictObject({
  name: tensorName
    .nullable()
    .default(null)
    .describe("Input of a text or an image; null: the model's only one. Tensors have their names"),
  datatype: z
    .enum(datatypes)
    .nullable()
    .default(null)
    .describe("Of that input; null: as the model's metadata say"),
  shape: z
    .array(z.number().int().min(-1))
    .min(1)
    .max(8)
    .nullable()
    .default(null)
    .describe('Of that input, the batch (-1) first; null: as the metadata say'),
  mean: perChannel.describe('Subtracted from pixels in [0, 1], for each channel; null: nothing'),
  std: perChannel.describe('What they are divided by then, for each channel; null: nothing'),
  parameters: parameters.describe(
    'Of the input; MLServer wants `content_type: str` for some texts',
  ),
});

const outputSchema = z.strictObject({
  name: tensorName.nullable().default(null).describe("Which one; null: the model's only one"),
  holds: z
    .enum(['probabilities', 'logits', 'label'])
    .describe('What it is: numbers for each label, or labels as texts or class numbers'),
  temperature,
  classes,
});

export const oipTeacherSchema = z.strictObject({
  kind: z.literal('oip').describe('A model behind the Open Inference Protocol'),
  ...remoteFields,
  url: serverUrl
    .refine((url) => !/\/v2\/?$/.test(url), 'must end before /v2')
    .describe('Of the server, without `/v2`'),
  model: z.string().min(1).max(200).describe('Its name there'),
  modelVersion: z
    .string()
    .min(1)
    .max(100)
    .nullable()
    .default(null)
    .describe("Of the model; null: the server's choice"),
  rowsMax: z.number().int().min(1).max(2048).default(64).describe('Rows of one request at most'),
  parameters: parameters.describe('Of every request'),
  input: inputSchema.prefault({}),
  output: outputSchema,
});
