import { join } from 'node:path';
import Database from 'libsql';
import { InvalidConfigError } from './errors.js';

export interface DataDirLock {
  release(): void;
}

/**
 * Takes a data directory for this process alone: two gateways on one would spend the same delta
 * twice and undo each other's certificates. An SQLite lock, because the operating system lifts it
 * when its process ends, however that ends: nothing stale is left to clear away.
 *
 * @throws {InvalidConfigError} when another process has it, or the directory is not writable.
 */
export function lockDataDir(dataDir: string): DataDirLock {
  const database = openLockFile(dataDir);
  try {
    database.exec('PRAGMA journal_mode = MEMORY'); // Nothing is written: no file for that.
    database.exec('BEGIN EXCLUSIVE'); // Held until the database is closed.
  } catch (cause) {
    database.close();
    throw refusal(dataDir, cause);
  }
  return { release: () => void database.close() };
}

function openLockFile(dataDir: string): Database.Database {
  try {
    return new Database(join(dataDir, 'gateway.lock'), { timeout: 0 });
  } catch (cause) {
    throw refusal(dataDir, cause);
  }
}

function refusal(dataDir: string, cause: unknown): InvalidConfigError {
  const isTaken = cause instanceof Database.SqliteError && cause.code.startsWith('SQLITE_BUSY');
  const message = isTaken
    ? `Another process works on ${dataDir}: a gateway that starts or stops, or a command. Wait ` +
      'for its end, or set UNDERSTUDY_DATA_DIR to another directory.'
    : `${dataDir} cannot be written to: ${String(cause)}. Set UNDERSTUDY_DATA_DIR to a directory ` +
      'that can.';
  return new InvalidConfigError(message, { dataDir }, { cause });
}
