import { stringify } from 'yaml';
import { parseKeys } from '../keys/api-key.js';
import { makeKey } from '../keys/make-key.js';

export interface KeyOptions {
  /** Separated by commas. */
  readonly scopes: string;
  /** Separated by commas; undefined: all tasks. */
  readonly tasks?: string;
  /** US dollars; undefined: no limit of its own. */
  readonly usdPerHour?: string;
}

/**
 * `understudy key NAME`: makes a key. Its entry goes to standard output, so that it can be put at
 * the end of the keys file; the key itself goes past that file, to standard error, once.
 */
export function key(name: string, options: KeyOptions): void {
  const made = makeKey();
  const { scopes: named, tasks, usdPerHour } = options;
  const entry = {
    name,
    sha256: made.sha256,
    scopes: listOf(named),
    ...(tasks === undefined ? {} : { tasks: listOf(tasks) }),
    ...(usdPerHour === undefined ? {} : { usdPerHour: Number(usdPerHour) }),
  };
  parseKeys([entry], 'This key'); // Says what is wrong with the options.
  console.error(`The key, shown only now:\n\n  ${made.key}\n`);
  console.error('Its entry for the keys file (UNDERSTUDY_KEYS_FILE):\n');
  process.stdout.write(stringify([entry], { flowCollectionPadding: false }));
}

const listOf = (text: string): string[] => text.split(',').map((part) => part.trim());
