import type { CapturePlace } from '../../src/capture/capture.js';

/** The place of a log in a file, unencrypted. */
export const inFile = (path: string): CapturePlace => ({
  store: { kind: 'sqlite', path },
  encryptionKeys: [],
});
