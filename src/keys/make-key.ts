import { hash, randomBytes } from 'node:crypto';

/** So that a key that has leaked into a log or a repository can be told from other texts. */
const prefix = 'understudy_';
/** As many as the hash has: neither is guessed. */
const secretBytes = 32;

/** Makes a random key. Only its hash is kept anywhere. */
export function makeKey(): { readonly key: string; readonly sha256: string } {
  const key = prefix + randomBytes(secretBytes).toString('base64url');
  return { key, sha256: hash('sha256', key, 'hex') };
}
