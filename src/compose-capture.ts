import { hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Capture, CapturePlace } from './capture/capture.js';
import { createInputCipher, type InputCipher } from './capture/input-cipher.js';
import { openSqliteCapture } from './capture/sqlite-capture.js';
import { holdoutKeyPathOf, makeDataDir, openHoldoutKey } from './compose-data-dir.js';
import type { Config } from './config/settings.js';

/** Settings that say where the log lies; what is absent is as if it were not set. */
export type LogSettings = Pick<Config, 'dataDir'> &
  Partial<Pick<Config, 'databaseUrl' | 'encryptionKeys'>>;

/** A log that can be opened, and the secret that its holdout rows are drawn by. */
export interface PreparedLog {
  readonly place: CapturePlace;
  readonly holdoutKey: Uint8Array;
}

/**
 * Makes the data directory, and the secret in it where the log is new.
 *
 * @throws {InvalidConfigError} when one of them can not be made, or the secret was lost.
 */
export async function prepareLog(settings: LogSettings): Promise<PreparedLog> {
  const { dataDir, databaseUrl = null, encryptionKeys = [] } = settings;
  await makeDataDir(dataDir);
  const path = join(dataDir, 'capture.sqlite');
  // A file without the secret has lost it. A database knows by which one its rows were drawn.
  const isNew = databaseUrl !== null || !existsSync(path);
  const holdoutKey = await openHoldoutKey(holdoutKeyPathOf(dataDir), isNew);
  const store: CapturePlace['store'] =
    databaseUrl === null
      ? { kind: 'sqlite', path }
      : { kind: 'postgres', url: databaseUrl, drawKeySha256: hash('sha256', holdoutKey) };
  return { place: { store, encryptionKeys }, holdoutKey };
}

/** What encrypts inputs, in the log and elsewhere on the disk. */
export const cipherOf = ({ encryptionKeys }: Pick<CapturePlace, 'encryptionKeys'>): InputCipher =>
  createInputCipher(encryptionKeys.map((key) => Buffer.from(key, 'hex')));

/** @param now  ms since the epoch. @throws {InvalidConfigError} when it can not be opened. */
export async function openCapture(
  { store, encryptionKeys }: CapturePlace,
  now: () => number,
): Promise<Capture> {
  const cipher = cipherOf({ encryptionKeys });
  if (store.kind === 'sqlite') return openSqliteCapture({ path: store.path, now, cipher });
  // Who has no database does not wait for its client to be read.
  const { openPostgresCapture } = await import('./capture/postgres/postgres-capture.js');
  return openPostgresCapture({ ...store, now, cipher });
}

/** Tries whether the log's database answers, and changes nothing. @throws as `openCapture` does. */
export async function checkDatabase({ databaseUrl = null }: LogSettings): Promise<void> {
  if (databaseUrl === null) return;
  const { checkPostgres } = await import('./capture/postgres/postgres-capture.js');
  await checkPostgres(databaseUrl);
}
