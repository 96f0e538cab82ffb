import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Decides which inputs a gateway holds out, before its first start: the same text, the same inputs.
 * A key that is there already stays.
 */
export async function seedHoldout(dataDir: string, text: string): Promise<void> {
  const path = join(dataDir, 'holdout.key');
  if (existsSync(path)) return;
  await writeFile(path, createHash('sha256').update(text).digest(), { mode: 0o600 });
}
