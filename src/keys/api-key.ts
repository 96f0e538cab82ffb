import { z } from 'zod';
import { InvalidConfigError } from '../errors.js';
import { schemaProblemsOf } from '../files/schema-problems.js';

/** What a key may be for; none of them implies another. */
export const scopes = ['predict', 'override', 'read', 'operate'] as const;
export type Scope = (typeof scopes)[number];

/** An entry of the keys file: who may do what, by the SHA-256 of the key. */
export interface ApiKey {
  /** In messages, and as the client of captured rows. */
  readonly name: string;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly scopes: readonly Scope[];
  /** Null: all. */
  readonly tasks: readonly string[] | null;
  /** What teachers' answers to its callers may cost in any hour, US dollars; null: any. */
  readonly usdPerHour: number | null;
}

/** Each unknown key is held against all of them: a microsecond for ten. */
const keysMax = 256;

const keySchema = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'use A-Z, a-z, 0-9, ".", "_" and "-", at most 63'),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 digits of lower-case hex'),
  scopes: z.array(z.enum(scopes)).min(1),
  tasks: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .transform((tasks) => tasks ?? null),
  usdPerHour: z
    .number()
    .gt(0)
    .max(1e9)
    .optional()
    .transform((usd) => usd ?? null),
});

const keysSchema = z
  .array(keySchema)
  .min(1)
  .max(keysMax)
  .superRefine((keys, context) => {
    for (const field of ['name', 'sha256'] as const)
      keys.forEach((key, index) => {
        const first = keys.findIndex((other) => other[field] === key[field]);
        const message = `is that of entry ${first}, too: each key needs its own`;
        if (first < index) context.addIssue({ code: 'custom', path: [index, field], message });
      });
  });

/**
 * Validates the parsed content of a keys file.
 *
 * @param from  the file's path, for messages.
 * @throws {InvalidConfigError} listing all problems together.
 */
export function parseKeys(content: unknown, from: string): readonly ApiKey[] {
  const parsed = keysSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const problems = schemaProblemsOf(parsed.error).join('\n- ');
  throw new InvalidConfigError(
    `${from} has problems:\n- ${problems}\nIt must be a list of {name, sha256, scopes, tasks?, ` +
      'usdPerHour?}, as `understudy key NAME` prints them.',
    { path: from },
  );
}
