import { z } from 'zod';
import { remoteFields, serverUrl } from './remote-teacher-schema.js';

const usdPerMillion = z.number().min(0);
const inputText = z.string().min(1).max(100_000);

const pricesSchema = z.strictObject({
  inputUsdPerMillion: usdPerMillion,
  cachedInputUsdPerMillion: usdPerMillion.nullable().default(null),
  outputUsdPerMillion: usdPerMillion,
});

const examplesSchema = z.strictObject({
  given: z
    .array(z.strictObject({ input: inputText, label: z.string() }))
    .max(200)
    .default([])
    .describe('Always shown: `{input, label}`; tensors as JSON'),
  similar: z
    .number()
    .int()
    .min(0)
    .max(50)
    .default(0)
    .describe('So many captured rows that are most like the input, with the label it gave them'),
  poolRowsMax: z
    .number()
    .int()
    .min(1)
    .max(20_000)
    .default(2000)
    .describe('Newest captured rows, holdout rows never, that those are chosen from'),
  probabilityMin: z
    .number()
    .min(0)
    .max(1)
    .default(0.8)
    .describe('Rows that the teacher was less sure of are no examples'),
});

const fields = z.strictObject({
  kind: z.literal('openai').describe('A language model behind the chat API of OpenAI'),
  ...remoteFields,
  timeoutMs: remoteFields.timeoutMs.default(30_000),
  url: serverUrl
    .refine((url) => !/\/completions\/?$/.test(url), 'must end before /chat/completions')
    .describe('Base of the API, such as `https://api.openai.com/v1`'),
  model: z.string().min(1).max(200),
  instructions: z
    .string()
    .min(1)
    .max(20_000)
    .describe('What is to be decided about an input, in words for the model'),
  labelDescriptions: z
    .record(z.string(), z.string().max(2000))
    .default({})
    .describe('What a label means: `{label: description}`; some or all of them'),
  examples: examplesSchema.prefault({}),
  structured: z
    .enum(['json-schema', 'json-object', 'none'])
    .default('json-schema')
    .describe('What `response_format` asks for; the answer is checked in any case'),
  softLabels: z
    .enum(['logprobs', 'samples', 'none'])
    .default('logprobs')
    .describe(
      'Where probabilities come from; `logprobs` falls back to `samples` when it gets none',
    ),
  samples: z
    .number()
    .int()
    .min(1)
    .max(50)
    .default(1)
    .describe('Answers asked for where they are counted; 1: the label alone'),
  topLogprobs: z.number().int().min(1).max(20).default(20).describe('Alternatives asked for'),
  temperature: z
    .number()
    .min(0)
    .max(2)
    .nullable()
    .default(0)
    .describe('Of an answer; null: not sent, for models that take none'),
  sampleTemperature: z.number().gt(0).max(2).default(1).describe('Of answers that are counted'),
  tokensMax: z.number().int().min(1).max(100_000).default(200).describe('Of one answer'),
  tokensField: z
    .enum(['max_tokens', 'max_completion_tokens'])
    .default('max_tokens')
    .describe('How the API calls that; newer models of OpenAI take the second alone'),
  extra: z
    .record(z.string(), z.json())
    .default({})
    .describe('More fields of the request, such as `{reasoning_effort: low}`'),
  prices: pricesSchema
    .nullable()
    .default(null)
    .describe('Dollars for a million tokens; null: costPerRowUsd is the cost of each answer'),
});

export const openaiTeacherSchema = fields.refine(
  ({ prices, costPerRowUsd }) => prices === null || costPerRowUsd > 0,
  {
    path: ['costPerRowUsd'],
    message: 'must be what a usual answer costs where there are prices: budgets are paced by it',
  },
);
