import type { Config } from '../config/settings.js';
import { UnknownTaskError } from '../errors.js';
import type { TaskSource } from '../compose.js';
import { loadSettings } from './load-settings.js';

/** Finds a configured task, and the settings. @throws {UnknownTaskError} naming the others. */
export function sourceOf(
  name: string,
  { config: file, dataDir }: { readonly config?: string; readonly dataDir?: string },
): { readonly source: TaskSource; readonly settings: Config } {
  const { config, sources } = loadSettings({ file, flags: { UNDERSTUDY_DATA_DIR: dataDir } });
  const source = sources.find((one) => one.config.name === name);
  const names = sources.map((one) => one.config.name);
  if (source === undefined) throw new UnknownTaskError(name, names);
  return { source, settings: config };
}
