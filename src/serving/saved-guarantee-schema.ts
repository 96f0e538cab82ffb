import { z } from 'zod';
import type { SavedGuarantee } from './guarantee-memory.js';

const count = z.number().int().min(0);
const numbers = z.array(z.number());

/** What `guarantee.json` must look like: what it says of spent delta is not to be lost silently. */
export const savedGuaranteeSchema: z.ZodType<SavedGuarantee> = z.object({
  evidenceAfterMs: z.number().min(0),
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
      watch: z.object({ logWealths: numbers, logEvidence: numbers }).nullable(),
    }),
  ),
  attempts: z.record(z.string(), count),
});
