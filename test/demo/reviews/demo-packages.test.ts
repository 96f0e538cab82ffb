import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { requireDemoPackages } from '../../../src/demo/reviews/demo-packages.js';
import { InvalidConfigError } from '../../../src/errors.js';

describe('the packages of the demo of reviews', () => {
  it('are there in an installation for development', () => {
    requireDemoPackages();
  });

  it('are asked for by name where they are missing', () => {
    const isThere = (name: string) => name !== 'sentiment' && name !== '@energetic-ai/core';

    assert.throws(
      () => requireDemoPackages(isThere),
      (error: unknown) =>
        error instanceof InvalidConfigError &&
        error.message ===
          'The demo of reviews needs sentiment, @energetic-ai/core: packages for development, ' +
            'which an installation for production leaves out. Install them: npm ci --include=dev',
    );
  });
});
