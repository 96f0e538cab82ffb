import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeSynced } from '../files/atomic-file.js';

/** Beside the snapshot, which goes some day: this stays. */
const file = 'used-rows.bin';
/** Of a hash of each id: two of a million rows are alike once in forty million cases. */
const idBytes = 8;

const keyOf = (id: string): bigint => hash('sha256', id, 'buffer').readBigUInt64LE(0);

/** Writes down which rows a run has read, 8 bytes each. */
export async function writeUsedRows(
  runDir: string,
  rows: readonly { readonly id: string }[],
): Promise<void> {
  const bytes = Buffer.alloc(rows.length * idBytes);
  rows.forEach(({ id }, index) => bytes.writeBigUInt64LE(keyOf(id), index * idBytes));
  await writeSynced(join(runDir, file), bytes);
}

/** What `hasUsedAny` looks for. */
export const usedKeysOf = (ids: readonly string[]): ReadonlySet<bigint> => new Set(ids.map(keyOf));

/**
 * Tells whether a run has read any of these rows.
 *
 * @param wanted  see `usedKeysOf`.
 * @returns       null where it can not be told: nothing is written down, or can not be read.
 */
export async function hasUsedAny(
  runDir: string,
  wanted: ReadonlySet<bigint>,
): Promise<boolean | null> {
  const bytes = await readFile(join(runDir, file)).catch(() => null);
  if (bytes === null || bytes.byteLength % idBytes > 0) return null;
  for (let at = 0; at + idBytes <= bytes.byteLength; at += idBytes)
    if (wanted.has(bytes.readBigUInt64LE(at))) return true;
  return false;
}
