import { z } from 'zod';
import type { SavedAccount } from './budget-account.js';

const cells = z.array(z.tuple([z.number().int(), z.number()]));
const amount = z.number().min(0);

/** What `budget.json` must look like: what it says is spent is not to be spent again. */
export const savedAccountSchema: z.ZodType<SavedAccount> = z.object({
  calls: cells,
  usd: cells,
  ahead: z.object({ calls: amount, usd: amount }),
});
