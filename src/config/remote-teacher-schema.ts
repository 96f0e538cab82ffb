import { z } from 'zod';
import { anyTeacher } from './any-teacher-schema.js';

/** Variables of the gateway itself: an unknown one of these is refused at the start. */
const ownVariables = 'UNDERSTUDY_';
const headerName = z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, 'must be a header name');
const printable = /^[\x20-\x7e]*$/;
/** Set by the client itself, or about the connection. */
const takenHeaders = /^(content-length|content-type|host|connection|transfer-encoding|expect)$/i;

export const teacherName = z.string().min(1).max(100).describe('In answers and metrics');
export const costPerRowUsd = z.number().min(0).describe('Price of one answer, US dollars');

export const serverUrl = z
  .url({ protocol: /^https?$/, error: 'must be a URL that starts with http:// or https://' })
  .max(2000)
  .refine((url) => !/^https?:\/\/[^/]*@/.test(url), 'must hold no password: use apiKeyEnv');

/** What every teacher behind HTTP has; see `RemoteOptions`. */
export const remoteFields = {
  name: teacherName,
  costPerRowUsd,
  timeoutMs: z
    .number()
    .int()
    .min(1)
    .max(290_000) // Node's own client gives up on an answer's head after 300 s.
    .default(10_000)
    .describe('Longest wait for the rows of one request, together; then `degraded`, or an error'),
  apiKeyEnv: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable')
    .refine((name) => !name.startsWith(ownVariables), `must not start with ${ownVariables}`)
    .nullable()
    .default(null)
    .describe('Environment variable that has the key of the server; null: none is sent'),
  apiKeyHeader: headerName
    .default('authorization')
    .describe('Header that the key is sent in; `authorization` gets `Bearer KEY`'),
  headers: z
    .record(z.string(), z.string().max(2000).regex(printable, 'must be printable ASCII'))
    .superRefine((headers, context) => {
      for (const name of Object.keys(headers)) {
        const isName = headerName.safeParse(name).success;
        if (isName && !takenHeaders.test(name)) continue;
        const message = isName ? 'is set by the gateway itself' : 'must be the name of a header';
        context.addIssue({ code: 'custom', path: [name], message });
      }
    })
    .default({})
    .describe('More headers of every request; nothing secret, which is for apiKeyEnv'),
  requestsMax: z
    .number()
    .int()
    .min(1)
    .max(256)
    .default(8)
    .describe('Requests of one call under way at once, where its rows need several'),
  revision: z
    .string()
    .min(1)
    .max(100)
    .nullable()
    .default(null)
    .describe('Any text; change it when another model answers under the same name'),
  ...anyTeacher,
} as const;

/** The labels in another order. */
export const classes = z
  .array(z.string())
  .nullable()
  .default(null)
  .describe("The task's labels in the order of the teacher's scores; null: the task's own");

export const temperature = z
  .number()
  .gt(0)
  .max(1000)
  .default(1)
  .describe('Logits are divided by it before they become probabilities');
