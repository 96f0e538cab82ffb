import { z } from 'zod';
import { classes, remoteFields, serverUrl, temperature } from './remote-teacher-schema.js';

const pointer = z
  .string()
  .max(500)
  .regex(/^(?:\/(?:[^~/]|~[01])*)*$/, 'must be a JSON pointer, such as /result/label');

const requestSchema = z.strictObject({
  method: z.enum(['POST', 'PUT', 'GET']).default('POST'),
  rows: z
    .enum(['one', 'many'])
    .default('one')
    .describe('Rows of one request: `one`, or `many` with a list'),
  rowsMax: z.number().int().min(1).max(2048).default(64).describe('Of a request with many'),
  body: z
    .json()
    .default({ input: '{{input}}' })
    .describe(
      'JSON with `{{input}}` where the input goes, or `{{inputs}}` where the list of them goes',
    ),
  image: z
    .enum(['base64', 'numbers'])
    .default('base64')
    .describe('How an image is sent: its 8-bit values, or numbers in [0, 1] by rows'),
});

const answerSchema = z.strictObject({
  rows: pointer
    .nullable()
    .default(null)
    .describe('Of many rows: where the list with an entry for each row is; null: see README'),
  label: pointer.nullable().default(null).describe('Where the label is; null: not given'),
  scores: pointer
    .nullable()
    .default(null)
    .describe(
      'Where the scores are: a list, `{label: score}` or `[{label, score}]`; null: nowhere',
    ),
  holds: z.enum(['probabilities', 'logits']).default('probabilities').describe('What scores are'),
  temperature,
  classes,
  names: z
    .record(z.string(), z.string())
    .default({})
    .describe("The teacher's names of labels, where they are not the task's: `{LABEL_0: bad}`"),
});

export const httpTeacherSchema = z
  .strictObject({
    kind: z.literal('http').describe('Any JSON endpoint, by a mapping'),
    ...remoteFields,
    url: serverUrl.describe('Of the endpoint; `{{input}}` in it is a text, escaped'),
    request: requestSchema.prefault({}),
    answer: answerSchema,
  })
  .superRefine(({ url, request, answer }, context) => {
    const issue = (path: string[], message: string): void =>
      context.addIssue({ code: 'custom', path, message });
    const sent = `${url} ${request.method === 'GET' ? '' : JSON.stringify(request.body)}`;
    const placeholder = request.rows === 'one' ? '{{input}}' : '{{inputs}}';
    if (!sent.includes(placeholder)) {
      const where = request.method === 'GET' ? ['url'] : ['request', 'body'];
      issue(where, `must have ${placeholder}: the teacher would never see an input`);
    }
    if (answer.label === null && answer.scores === null)
      issue(['answer'], 'must say where the label is, or the scores, or both');
  });
