import { join } from 'node:path';
import { z } from 'zod';
import { restoreOrStartAnew } from './compose-draw.js';
import { createJsonFile } from './files/json-file.js';
import { KeyBudgets, type SavedKeyAccounts } from './keys/key-budgets.js';
import { savedAccountSchema } from './serving/saved-account-schema.js';
import type { Log } from './telemetry/log.js';

/** Opens what API keys have spent in the last hour, of all tasks of a data directory. */
export const openKeyBudgets = (
  dataDir: string,
  { log, now }: { readonly log: Pick<Log, 'error'>; readonly now: () => number },
): Promise<KeyBudgets> =>
  KeyBudgets.open({
    file: createJsonFile<SavedKeyAccounts>(join(dataDir, 'key-budgets.json'), {
      advice: `It says what API keys have spent in the last hour. ${restoreOrStartAnew}`,
      schema: z.record(z.string(), savedAccountSchema),
    }),
    onUnsaved: (err) => log.error('key-budgets-unsaved', { err }),
    now,
  });
