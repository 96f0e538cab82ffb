import { z } from 'zod';
import type { SavedGuarantee } from './guarantee-memory.js';

const count = z.number().int().min(0);
const numbers = z.array(z.number());

const watch = z.object({ logWealths: numbers, logEvidence: numbers });
const labelCertificate = z.object({
  label: z.string(),
  target: z.enum(['riskMax', 'missMax']),
  max: z.number(),
  delta: z.number(),
  threshold: z.number().nullable(),
  rows: count,
  failures: count,
  why: z.string().nullable(),
});

/** What `guarantee.json` must look like: what it says of spent delta is not to be lost silently. */
export const savedGuaranteeSchema: z.ZodType<SavedGuarantee> = z.object({
  evidenceAfterMs: z.number().min(0),
  alarm: z.object({ sinceMs: z.number(), why: z.string() }).nullable().exactOptional(),
  inputDrift: z
    .object({ sinceMs: z.number(), why: z.string(), isLeftBehind: z.boolean() })
    .nullable()
    .exactOptional(),
  states: z.record(
    z.string(),
    z.object({
      certified: z
        .object({
          kind: z.literal('certified'),
          threshold: z.number(),
          rows: count,
          disagreements: count,
          coverage: z.number().min(0).max(1),
          fittedAtMs: z.number(),
        })
        .nullable(),
      rowsSeen: count,
      nextFitAtRows: count,
      watch: watch.nullable(),
      watchedUntilMs: z.number().exactOptional(),
      labels: z.array(labelCertificate).exactOptional(),
      labelRowsTested: z.record(z.string(), count).exactOptional(),
      labelWatches: z.record(z.string(), watch).exactOptional(),
    }),
  ),
  attempts: z.record(z.string(), count),
  labelAttempts: z.record(z.string(), z.record(z.string(), count)).exactOptional(),
});
