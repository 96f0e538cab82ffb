import type { Capture } from '../capture.js';
import type { PostgresParts } from './postgres-parts.js';

/** Who may work on what only one process may. */
export function leasesOf({
  schema,
  write,
  now,
}: PostgresParts): Pick<Capture, 'acquireLease' | 'releaseLease'> {
  // One statement is one transaction: of two processes only one finds the lease free.
  const acquire = {
    text: `INSERT INTO ${schema}.leases (name, owner, expires_ms) VALUES ($1, $2, $3)
           ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, expires_ms = excluded.expires_ms
           WHERE leases.owner = excluded.owner OR leases.expires_ms <= $4`,
  };
  const release = { text: `DELETE FROM ${schema}.leases WHERE name = $1 AND owner = $2` };
  return {
    async acquireLease(name, owner, ttlMs) {
      const nowMs = now();
      return (await write(acquire, [name, owner, nowMs + ttlMs, nowMs])).written === 1;
    },
    async releaseLease(name, owner) {
      await write(release, [name, owner]);
    },
  };
}
