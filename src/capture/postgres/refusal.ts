import { CaptureFailedError, InvalidConfigError } from '../../errors.js';
import { codeOf } from './connections.js';

/**
 * What to change, by the SQLSTATE with which the server refused.
 *
 * @see PostgreSQL 15 documentation, appendix A, "PostgreSQL Error Codes"
 */
const adviceOf: Readonly<Record<string, string>> = {
  '28P01': 'Correct the user or the password in DATABASE_URL',
  '28000': 'Allow this user and host in pg_hba.conf of the server, or correct DATABASE_URL',
  '3D000': 'Make the database first (createdb), or correct its name in DATABASE_URL',
  '42501': 'Grant its user CREATE on the database, or make the schema and give it to that user',
  '25006': 'It only reads: DATABASE_URL must name the primary, not a standby',
  '53300': 'A gateway takes up to five connections: raise max_connections, or close others',
};
const serverIsAway = 'Start the server, or correct DATABASE_URL';

/** Why a log can not be opened, and what to change. */
export function refusalOf(error: unknown): unknown {
  if (!(error instanceof CaptureFailedError)) return error;
  const advice = adviceOf[codeOf(error.cause)] ?? serverIsAway;
  const message = `${error.message}. ${advice}; without DATABASE_URL the log is a file.`;
  return new InvalidConfigError(message, {}, { cause: error });
}
