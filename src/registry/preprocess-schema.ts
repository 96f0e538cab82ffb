import { z } from 'zod';
import type { PreprocessSpec } from '../preprocess/preprocess-spec.js';
import type { InputSpec } from '../task/task.js';
import { otherFileName } from './file-name.js';

const tensorName = z.string().min(1).max(200);
const sidePixels = z.number().int().min(1).max(4096);
const finite = z.number();
/** Shortest and longest n-gram. */
const range = z
  .tuple([z.number().int().min(1).max(10), z.number().int().min(1).max(10)])
  .refine(([shortest, longest]) => shortest <= longest, 'the first must not be above the second');

const imageSchema = z.strictObject({
  kind: z.literal('image'),
  width: sidePixels.optional().describe('What the model takes; default: the size of the input'),
  height: sidePixels.optional().describe('The same for the height'),
  resize: z.enum(['bilinear', 'nearest']).default('bilinear').describe('Where the sizes differ'),
  layout: z
    .enum(['flat', 'nchw', 'nhwc'])
    .default('flat')
    .describe('Axes after the batch; `flat` is one of height × width × channels'),
  channelOrder: z.enum(['rgb', 'bgr']).default('rgb').describe('As the model has them'),
  scale: finite.default(1).describe('value = (pixel in [0, 1] × scale - mean) / std'),
  mean: z.array(finite).optional().describe('One for each channel; default 0'),
  std: z.array(finite.gt(0)).optional().describe('One for each channel; default 1'),
});

const hashedNgramsSchema = z
  .strictObject({
    kind: z.literal('hashed-ngrams'),
    buckets: z.number().int().min(16).max(16_777_216).describe('N-grams are hashed into so many'),
    words: range.nullable().default([1, 2]).describe('Shortest and longest, in words; null: none'),
    characters: range
      .nullable()
      .default([3, 5])
      .describe('Shortest and longest, in characters of a word; null: none'),
    isLowerCased: z.boolean().default(true).describe("By Unicode's default rules"),
    form: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('dense'), input: tensorName }),
        z.strictObject({ kind: z.literal('sparse'), ids: tensorName, weights: tensorName }),
      ])
      .describe("Names of the model's inputs"),
  })
  .refine(({ words, characters }) => words !== null || characters !== null, {
    path: ['words'],
    error: 'words and characters can not both be null: nothing would be counted',
  });

const tokenizerSchema = z.strictObject({
  kind: z.literal('tokenizer'),
  file: otherFileName.default('tokenizer.json').describe('In the bundle'),
  configFile: otherFileName
    .nullable()
    .default(null)
    .describe('tokenizer_config.json, if there is one'),
  tokensMax: z
    .number()
    .int()
    .min(2)
    .max(8192)
    .default(128)
    .describe('Longer texts are cut; special tokens count'),
  padToMultipleOf: z
    .number()
    .int()
    .min(1)
    .max(8192)
    .default(16)
    .describe('Texts of like length share a run'),
  inputIds: tensorName.default('input_ids').describe("Name of the model's input"),
  attentionMask: tensorName
    .nullable()
    .default('attention_mask')
    .describe('The same; null: the model has none'),
  tokenTypeIds: tensorName.nullable().default(null).describe('The same; null: the model has none'),
});

const tensorSchema = z.strictObject({ kind: z.literal('tensor') });

export const preprocessSchema = z.discriminatedUnion('kind', [
  imageSchema,
  hashedNgramsSchema,
  tokenizerSchema,
  tensorSchema,
]);

export type WrittenPreprocess = z.output<typeof preprocessSchema>;

/**
 * Fills in what depends on the input.
 *
 * @returns the complete specification, or one sentence on what is wrong.
 */
export function completePreprocess(
  input: InputSpec,
  written: WrittenPreprocess | undefined,
): PreprocessSpec | string {
  if (written === undefined) return defaultFor(input);
  switch (input.kind) {
    case 'image':
      if (written.kind !== 'image') return misfit(input, written, 'image');
      return completeImage(input, written);
    case 'text':
      if (written.kind === 'hashed-ngrams' || written.kind === 'tokenizer') return written;
      return misfit(input, written, 'hashed-ngrams or tokenizer');
    case 'tensor':
      return written.kind === 'tensor' ? written : misfit(input, written, 'tensor');
  }
}

function defaultFor(input: InputSpec): PreprocessSpec | string {
  switch (input.kind) {
    case 'image':
      return completeImage(input, imageSchema.parse({ kind: 'image' }));
    case 'tensor':
      return { kind: 'tensor' };
    case 'text':
      return (
        'preprocess is missing: say how a text becomes tensors, ' +
        '{"kind": "tokenizer", ...} or {"kind": "hashed-ngrams", ...}'
      );
  }
}

function completeImage(
  input: Extract<InputSpec, { kind: 'image' }>,
  written: Extract<WrittenPreprocess, { kind: 'image' }>,
): PreprocessSpec | string {
  const { channels } = input;
  const { mean = Array<number>(channels).fill(0), std = Array<number>(channels).fill(1) } = written;
  if (mean.length !== channels || std.length !== channels)
    return `preprocess.mean and preprocess.std must have ${channels} numbers, one for each channel`;
  const { width = input.width, height = input.height } = written;
  return { ...written, width, height, mean, std };
}

const misfit = (input: InputSpec, { kind }: WrittenPreprocess, expected: string): string =>
  `preprocess.kind is ${kind}, but an input of kind ${input.kind} needs ${expected}`;
