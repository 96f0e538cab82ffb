import { createHash } from 'node:crypto';
import { scopes, type ApiKey } from '../../src/keys/api-key.js';
import { createKeyRing, type KeyRing } from '../../src/keys/key-ring.js';

/** The entry of a key that is its own name; it may do everything, unless it is said otherwise. */
export const apiKeyOf = (name: string, changes: Partial<ApiKey> = {}): ApiKey => ({
  name,
  sha256: createHash('sha256').update(name).digest('hex'),
  scopes: [...scopes],
  tasks: null,
  usdPerHour: null,
  ...changes,
});

/** Knows keys by their names. */
export const ringOf = (keys: Readonly<Record<string, Partial<ApiKey>>>): KeyRing =>
  createKeyRing(Object.entries(keys).map(([name, changes]) => apiKeyOf(name, changes)));

/** The keys as a file has them. */
export const keysFileText = (keys: Readonly<Record<string, Partial<ApiKey>>>): string =>
  JSON.stringify(
    Object.entries(keys).map(([name, changes]) => {
      const { tasks, usdPerHour, ...entry } = apiKeyOf(name, changes);
      const given = Object.entries({ tasks, usdPerHour }).filter(([, value]) => value !== null);
      return { ...entry, ...Object.fromEntries(given) };
    }),
  );
