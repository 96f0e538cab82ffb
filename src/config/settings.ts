import { z } from 'zod';

/**
 * One gateway setting: where it may come from and what it means. The README's table is generated
 * from this list (`test/config` fails when they differ).
 */
export interface Setting {
  readonly key: string;
  readonly env: string;
  readonly schema: z.ZodType;
  readonly unit: string;
  readonly range: string;
  readonly help: string;
  /** Is read from the environment alone, and never said again. */
  readonly isSecret?: boolean;
}

const text = z.string().min(1);
/** Null where it is left out; a variable or a line of the file that is empty is a mistake. */
const path = text.optional().transform((given) => given ?? null);
/** Of AES-256. */
const keyBytes = 32;
/** Keys, as hex or base64, separated by commas; they become hex. */
const keys = z
  .string()
  .optional()
  .transform((given) => (given === undefined ? [] : given.split(',').map(hexOf)))
  .refine((all) => all.every((key) => key.length === 2 * keyBytes))
  .readonly();

function hexOf(given: string): string {
  const key = given.trim();
  if (/^([0-9a-f]{2})+$/i.test(key) && key.length === 2 * keyBytes) return key.toLowerCase();
  return /^[A-Za-z0-9+/]+=*$/.test(key) ? Buffer.from(key, 'base64').toString('hex') : '';
}

/** Variables are texts. An empty one, or an empty line in the file (null), is not 0. */
const count = (min: number, max: number) =>
  z.preprocess(
    (value) => (typeof value === 'string' && value.trim() !== '' ? Number(value) : value),
    z.number().int().min(min).max(max),
  );

const setting = <K extends string, S extends z.ZodType>(
  key: K,
  schema: S,
  rest: Omit<Setting, 'key' | 'schema'>,
): Setting & { readonly key: K; readonly schema: S } => ({ key, schema, ...rest });

/** What the command line reads beside them: the key that it shows to a gateway that has keys. */
export const apiKeyVariable = 'UNDERSTUDY_API_KEY';

export const settings = [
  setting('host', text.default('127.0.0.1'), {
    env: 'UNDERSTUDY_HOST',
    unit: 'address',
    range: 'any local address',
    help: 'Address to listen on. `0.0.0.0` opens it to other machines.',
  }),
  setting('port', count(0, 65_535).default(8080), {
    env: 'UNDERSTUDY_PORT',
    unit: 'port',
    range: '0 to 65535',
    help: 'Port to listen on; 0 picks a free one.',
  }),
  setting('workers', count(1, 256).default(1), {
    env: 'UNDERSTUDY_WORKERS',
    unit: 'processes',
    range: '1 to 256',
    help: 'Processes that answer predictions; from 2 on, one more leads them. One a core, at most.',
  }),
  setting('dataDir', text.default('.understudy'), {
    env: 'UNDERSTUDY_DATA_DIR',
    unit: 'path',
    range: 'a writable directory',
    help: 'Capture log, student versions, dataset snapshots. Made when absent.',
  }),
  setting('databaseUrl', path, {
    env: 'DATABASE_URL',
    unit: 'URL',
    range: 'postgresql://user:password@host:port/database',
    help: 'PostgreSQL database of the capture log; null: a file (SQLite) in the data directory.',
    isSecret: true,
  }),
  setting('encryptionKeys', keys, {
    env: 'UNDERSTUDY_ENCRYPTION_KEYS',
    unit: 'keys',
    range: '32 bytes each, hex or base64, separated by commas',
    help: 'Inputs are encrypted at rest by the first (see Encryption); the others only decrypt.',
    isSecret: true,
  }),
  setting('tasks', text.default('models/digits/task.yaml'), {
    env: 'UNDERSTUDY_TASKS',
    unit: 'paths',
    range: 'one or more',
    help: 'Task files to serve, separated by commas.',
  }),
  setting('keysFile', path, {
    env: 'UNDERSTUDY_KEYS_FILE',
    unit: 'path',
    range: 'a file',
    help: 'API keys by their SHA-256, with scopes (see Keys); null: everything is open to all.',
  }),
  setting('logLevel', z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'), {
    env: 'UNDERSTUDY_LOG_LEVEL',
    unit: 'level',
    range: 'debug, info, warn, error, silent',
    help: 'Least severe log line that is written (JSON lines, standard error).',
  }),
  setting('requestBytesMax', count(1024, 1_073_741_824).default(8_388_608), {
    env: 'UNDERSTUDY_REQUEST_BYTES_MAX',
    unit: 'bytes',
    range: '1024 to 1073741824',
    help: 'Largest request body; a larger one gets 413.',
  }),
  setting('connectionsMax', count(1, 1_000_000).default(10_000), {
    env: 'UNDERSTUDY_CONNECTIONS_MAX',
    unit: 'connections',
    range: '1 to 1000000',
    help: 'Most connections of a process; those that are more are closed at once.',
  }),
  setting('keepAliveMs', count(1_000, 3_600_000).default(65_000), {
    env: 'UNDERSTUDY_KEEP_ALIVE_MS',
    unit: 'ms',
    range: '1000 to 3600000',
    help: 'Time that an idle connection stays open: longer than a load balancer keeps its own.',
  }),
  setting('batchRowsMax', count(1, 2048).default(256), {
    env: 'UNDERSTUDY_BATCH_ROWS_MAX',
    unit: 'rows',
    range: '1 to 2048', // What may wait for a teacher: a larger batch would never be taken.
    help: 'Most inputs in one request.',
  }),
  setting('drainNoticeMs', count(0, 600_000).default(0), {
    env: 'UNDERSTUDY_DRAIN_NOTICE_MS',
    unit: 'ms',
    range: '0 to 600000',
    help: 'After SIGTERM: time with `/readyz` at 503 before new connections are refused.',
  }),
  setting('shutdownGraceMs', count(0, 600_000).default(20_000), {
    env: 'UNDERSTUDY_SHUTDOWN_GRACE_MS',
    unit: 'ms',
    range: '0 to 600000',
    help: 'After SIGTERM: longest wait for requests in flight.',
  }),
] as const;

type Listed = (typeof settings)[number];

/** The gateway's settings, validated and frozen. */
export type Config = {
  readonly [S in Listed as S['key']]: z.output<S['schema']>;
};
