import type { ClientRows } from '../../capture/capture.js';
import { isTrusted } from './client-name.js';

export interface NewClientsOptions {
  /** How long a client is new, ms; 0: never. */
  readonly waitMs: number;
  readonly nowMs: number;
  readonly trusted: ReadonlySet<string>;
}

/**
 * Tells which clients the log has not known for `waitMs` yet. It costs nothing to be a thousand
 * clients, but it takes time to become one that is known. At a cold start nobody is new: whoever
 * came within `waitMs` of the log's first row.
 *
 * That new clients are many, or most of the traffic, makes no difference: that is what an attack
 * looks like. Where all callers have changed their names (a rollout, another key), theirs wait too.
 *
 * @param clients  all of the log.
 */
export function newClientsOf(
  clients: readonly ClientRows[],
  { waitMs, nowMs, trusted }: NewClientsOptions,
): ReadonlySet<string | null> {
  if (waitMs === 0) return new Set();
  const logStartMs = clients.reduce((first, { firstMs }) => Math.min(first, firstMs), Infinity);
  const knownUntilMs = Math.max(nowMs - waitMs, logStartMs + waitMs);
  const found = clients.filter(
    ({ client, firstMs }) => firstMs > knownUntilMs && !isTrusted(client, trusted),
  );
  return new Set(found.map(({ client }) => client));
}
