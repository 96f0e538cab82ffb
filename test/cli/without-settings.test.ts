import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withoutSettings } from '../../src/cli/without-settings.js';

describe("an environment without the reader's settings", () => {
  it('has neither what this program is set by, nor the database of its log', () => {
    const env = { PATH: '/bin', UNDERSTUDY_PORT: '1', UNDERSTUDY_OTHER: '2', DATABASE_URL: 'pg' };

    assert.deepEqual(withoutSettings(env), { PATH: '/bin' });
  });
});
