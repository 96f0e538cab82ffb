import { InvalidConfigError } from '../../errors.js';

export interface DatabaseUrl {
  /** For the client: without what is ours. */
  readonly url: string;
  readonly schema: string;
  /** How people are told of it: without user and password. */
  readonly log: string;
}

const defaultSchema = 'understudy';
const expected =
  'expected postgresql://user:password@host:port/database, with @ / ? # % in user and password ' +
  'percent-encoded (p%40ss for p@ss)';

/** Whether its host would begin in the midst of a password: an `@` comes after what ends a host. */
const isCutShort = (text: string): boolean => /^[^:]*:\/\/[^/?#]*[/?#].*@/.test(text);

/** @throws {InvalidConfigError} when it is no URL of a PostgreSQL database; it is not repeated. */
export function parseDatabaseUrl(text: string): DatabaseUrl {
  const url = URL.canParse(text) && !isCutShort(text) ? new URL(text) : null;
  if (url === null || !['postgres:', 'postgresql:'].includes(url.protocol))
    throw new InvalidConfigError(`DATABASE_URL is no URL of a PostgreSQL database: ${expected}.`);
  const schema = url.searchParams.get('schema') ?? defaultSchema;
  // It is written into statements: nothing that would need quotes.
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema))
    throw new InvalidConfigError(
      'DATABASE_URL: schema must be lower-case letters, digits and _, and at most 63 of them.',
    );
  url.searchParams.delete('schema');
  const log = `${url.host || 'localhost'}${url.pathname} (schema ${schema})`;
  return { url: url.href, schema, log };
}
