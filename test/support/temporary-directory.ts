import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

/** Makes a directory that goes when the tests of this file, or of the running suite, have ended. */
export function temporaryDirectory(): string {
  const dir = mkdtempSync(join(tmpdir(), 'understudy-test-'));
  // What a test left open may still write: its directory is then not empty once more.
  after(() => rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  return dir;
}
