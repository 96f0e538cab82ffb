import type { Log } from '../telemetry/log.js';
import type { OpenKeys } from './open-keys.js';

/**
 * As `openKeys`; a gateway without keys does not even read how they work.
 *
 * @param path  null: there are none, and everything is open.
 */
export async function openKeysIfAny(
  path: string | null,
  log: Pick<Log, 'info' | 'error'>,
): Promise<OpenKeys | null> {
  if (path === null) return null;
  const { openKeys } = await import('./open-keys.js');
  return openKeys(path, log);
}
