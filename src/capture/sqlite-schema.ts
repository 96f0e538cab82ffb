import type Database from 'libsql';
import { applicationId, migrations } from './schema-steps.js';

export const newestSchema = migrations.length;

/**
 * Brings a database to the newest schema, in one transaction: two processes that open the same file
 * at once both find it complete.
 *
 * @throws {Error} as `refuseForeign` does.
 */
export function migrate(database: Database.Database): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    const version = refuseForeign(database);
    for (const step of migrations.slice(version)) database.exec(step);
    database.exec(`PRAGMA user_version = ${newestSchema}`);
    database.exec('COMMIT');
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/**
 * Reads the schema version, 0 for an empty file.
 *
 * @throws {Error} saying what to change, when the file is not a capture log or is a newer one.
 */
export function refuseForeign(database: Database.Database): number {
  const version = readInteger(database, 'user_version');
  const isEmpty = database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').all().length === 0;
  const isOurs = version > 0 && readInteger(database, 'application_id') === applicationId;
  if (!isOurs && !isEmpty)
    throw new Error('It is another program’s database. Give the capture log a path of its own.');
  if (version > newestSchema)
    throw new Error(
      `Its schema has version ${version}, this gateway knows versions up to ` +
        `${newestSchema}. Run the newer gateway again, or give this one another path.`,
    );
  return version;
}

function readInteger(database: Database.Database, pragma: 'user_version' | 'application_id') {
  const [row] = database.prepare(`PRAGMA ${pragma}`).raw().all() as [number][];
  return row![0];
}
