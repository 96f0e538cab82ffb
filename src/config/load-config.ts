import { InvalidConfigError } from '../errors.js';
import { apiKeyVariable, settings, type Config, type Setting } from './settings.js';

/**
 * Builds the gateway's settings. Pure: the file's content and the environment come in.
 *
 * @param file  parsed content of the configuration file, by setting key; `{}` when there is none.
 * @param env   environment variables; they win over the file.
 * @param flags what the command line says, by environment variable; it wins over both.
 * @throws {InvalidConfigError} listing all problems together.
 */
export function loadConfig(
  file: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>>,
  flags: Readonly<Record<string, string | undefined>> = {},
): Config {
  const problems: string[] = [];
  const inFiles = settings.filter((setting) => !isSecret(setting));
  const known = new Set<string>(inFiles.map(({ key }) => key));
  for (const key of Object.keys(file)) {
    if (!known.has(key)) problems.push(`${key}: unknown setting. Known: ${[...known].join(', ')}.`);
  }
  const variables = new Set<string>(settings.map((setting) => setting.env));
  for (const name of Object.keys(env)) {
    if (name.startsWith('UNDERSTUDY_') && !variables.has(name) && name !== apiKeyVariable)
      problems.push(`${name}: unknown variable. Known: ${[...variables].join(', ')}.`);
  }

  const values: Record<string, unknown> = {};
  for (const setting of settings) {
    const { key, env: variable, schema, range, unit } = setting;
    const given = flags[variable] ?? env[variable] ?? (known.has(key) ? file[key] : undefined);
    const parsed = schema.safeParse(Array.isArray(given) ? given.join(',') : given);
    if (parsed.success) {
      // What is not enumerable is in no log and no message to another process.
      const enumerable = !isSecret(setting);
      Object.defineProperty(values, key, { value: parsed.data, enumerable });
    } else {
      const inFile = env[variable] === undefined && known.has(key) ? key : variable;
      const where = flags[variable] === undefined ? inFile : flagOf(key);
      const got = isSecret(setting) ? '' : `, got ${JSON.stringify(given)}`;
      problems.push(`${where}: expected ${range} (${unit})${got}.`);
    }
  }
  if (problems.length > 0) {
    throw new InvalidConfigError(`The configuration has problems:\n- ${problems.join('\n- ')}`, {
      problems: problems.length,
    });
  }
  return Object.freeze(values) as Config;
}

const isSecret = (setting: Setting): boolean => setting.isSecret === true;

/** `dataDir` -> `--data-dir`. */
const flagOf = (key: string): string =>
  `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
