import { z } from 'zod';
import { builtInPatterns } from '../privacy/redact-text.js';

const patternSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]{1,40}$/, 'use a-z, 0-9 and -, at most 40'),
  regex: z.string().min(1).max(500).refine(isRegex, 'must be a regular expression (flag u)'),
});

/** What is kept of what callers send, and for how long: see `privacy/`. */
export const privacySchema = z.strictObject({
  inputs: z
    .enum(['full', 'redacted', 'hash', 'none'])
    .default('full')
    .describe(
      'What the log keeps of an input: all; a text without personal data; its keyed hash; ' +
        'nothing. Without inputs nothing is learnt',
    ),
  redact: z
    .array(z.enum(builtInPatterns))
    .default([...builtInPatterns])
    .describe('Personal data that `redacted` knows; numbers by their checksums'),
  patterns: z
    .array(patternSchema)
    .max(20)
    .default([])
    .describe('More of it: `{name, regex}`, replaced by `[name]`'),
  retentionDays: z
    .number()
    .gt(0)
    .max(36_500)
    .nullable()
    .default(null)
    .describe('Rows, and dataset snapshots with them, are erased after so many days; null: never'),
});

export type Privacy = z.output<typeof privacySchema>;

function isRegex(text: string): boolean {
  try {
    new RegExp(text, 'gu');
    return true;
  } catch {
    return false;
  }
}
