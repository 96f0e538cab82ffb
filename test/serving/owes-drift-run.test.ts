import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { owesDriftRun } from '../../src/serving/owes-drift-run.js';
import { runJson } from '../support/api-values.js';

const alarm = { sinceMs: 1_000, why: 'Seen.' };
const before = runJson({ state: 'promoted', startedAtMs: 999 });
const runAfter = (state: 'promoted' | 'rejected' | 'skipped' | 'failed') =>
  runJson({ state, startedAtMs: 1_000 });

describe('a drift alarm after a restart', () => {
  it('waits for a run that came to no verdict, or never started', () => {
    assert.equal(owesDriftRun(alarm, []), true);
    assert.equal(owesDriftRun(alarm, [runAfter('skipped'), before]), true);
    assert.equal(owesDriftRun(alarm, [runAfter('failed')]), true); // It may have been killed.
  });

  it('waits for none after a verdict, or when it is over', () => {
    assert.equal(owesDriftRun(alarm, [runAfter('promoted'), before]), false);
    assert.equal(owesDriftRun(alarm, [runAfter('skipped'), runAfter('rejected')]), false);
    assert.equal(owesDriftRun(null, []), false);
  });
});
