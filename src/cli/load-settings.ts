import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { togetherOf } from '../config/all-problems.js';
import { loadConfig } from '../config/load-config.js';
import type { Config } from '../config/settings.js';
import { parseTaskConfig } from '../config/task-config.js';
import type { TaskSource } from '../compose.js';
import { InvalidConfigError } from '../errors.js';
import { repositoryRoot } from '../files/repository-root.js';

/** Read when it is there and no other file is named. */
const defaultFile = 'understudy.yaml';

export interface LoadedSettings {
  readonly config: Config;
  readonly sources: readonly TaskSource[];
}

/**
 * Reads the configuration file, the environment and the task files.
 *
 * @param options  file: a configuration file, or undefined for `understudy.yaml` if it is there;
 *                 flags: settings from the command line, by variable, which win over both.
 * @throws {InvalidConfigError} listing what is wrong.
 */
export function loadSettings(options: {
  readonly file: string | undefined;
  readonly flags: Readonly<Record<string, string | undefined>>;
}): LoadedSettings {
  const path = options.file ?? (existsSync(defaultFile) ? defaultFile : undefined);
  const fromFile = path === undefined ? {} : readYaml(path);
  if (typeof fromFile !== 'object' || fromFile === null || Array.isArray(fromFile))
    throw new InvalidConfigError(`${path ?? ''} must be a list of "setting: value" lines.`);
  const config = loadConfig(fromFile as Record<string, unknown>, process.env, options.flags);
  return { config, sources: readTasks(config.tasks.split(',').map((file) => file.trim())) };
}

function readTasks(files: readonly string[]): readonly TaskSource[] {
  const sources: TaskSource[] = [];
  const problems: unknown[] = [];
  for (const file of files) {
    try {
      sources.push(readTask(file));
    } catch (error) {
      problems.push(error);
    }
  }
  if (problems.length > 0) throw togetherOf(problems);
  return sources;
}

/** Reads one task file. @throws {InvalidConfigError} listing what is wrong. */
export function readTask(file: string): TaskSource {
  const inRepository = join(repositoryRoot(), file); // The built-in task is found from anywhere.
  const path = isAbsolute(file) || existsSync(file) ? resolve(file) : inRepository;
  return { config: parseTaskConfig(readYaml(path), file), dir: dirname(path) };
}

function readYaml(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const why = (cause as Error).message;
    throw new InvalidConfigError(`Cannot read ${path}: ${why}`, {}, { cause });
  }
  try {
    return parse(text) as unknown;
  } catch (cause) {
    throw new InvalidConfigError(`${path} is not YAML: ${(cause as Error).message}`, {}, { cause });
  }
}
