import { join } from 'node:path';
import { z } from 'zod';
import { restoreOrStartAnew } from './compose-draw.js';
import { createJsonFile } from './files/json-file.js';
import { hashesOf } from './serving/draw-row.js';
import type { Input } from './task/task.js';

/**
 * Remembers every input that a seed file has ever had: students were trained on it, and it proves
 * nothing about them when it comes in after it was taken out of the file.
 *
 * @param seedInputs  of the file as it is now.
 * @returns           hashes of all of them, on disk when it resolves.
 * @throws {InvalidConfigError} when what was remembered cannot be read.
 */
export async function keepSeedHashes(
  { dir, holdoutKey }: { readonly dir: string; readonly holdoutKey: Uint8Array },
  seedInputs: readonly Input[],
): Promise<ReadonlySet<string>> {
  const file = createJsonFile(join(dir, 'seeds.json'), {
    advice: `It says which inputs students were trained on. ${restoreOrStartAnew}`,
    schema: z.array(z.string()),
  });
  const known = new Set(await file.read());
  const all = new Set([...known, ...hashesOf(holdoutKey, seedInputs)]);
  if (all.size > known.size) await file.write([...all]);
  return all;
}
