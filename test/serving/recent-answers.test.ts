import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRecentAnswers } from '../../src/serving/recent-answers.js';
import { pendingRow } from '../support/pending-row.js';

const answer =
  (mark: number, subject: string | null = null) =>
  () => ({
    row: pendingRow(mark, { subject }),
    isOwed: false,
  });

describe('recent answers', () => {
  it('are found by their id, and no others', () => {
    const recent = createRecentAnswers(1_000_000);
    recent.keep('a', 784, answer(1));

    assert.equal(recent.find('a')!.row.id, 'row-1');
    assert.equal(recent.find('b'), null);
  });

  it('are the newest that fit into the bytes', () => {
    const recent = createRecentAnswers(3 * (1_024 + 100));
    for (const id of ['a', 'b', 'c', 'd']) recent.keep(id, 100, answer(1));

    assert.deepEqual(
      ['a', 'b', 'c', 'd'].map((id) => recent.find(id) !== null),
      [false, true, true, true],
    );
    recent.keep('large', 2 * (1_024 + 100) - 1_024, answer(2));
    assert.deepEqual(
      ['b', 'c', 'd', 'large'].map((id) => recent.find(id) !== null),
      [false, false, true, true],
    );
  });

  it('are not those that are larger than all together may be', () => {
    const recent = createRecentAnswers(2_000);
    recent.keep('a', 10, answer(1));
    recent.keep('b', 1_000, answer(2));

    assert.ok(recent.find('a') !== null && recent.find('b') === null);
    const none = createRecentAnswers(0);
    none.keep('a', 0, answer(1));
    assert.equal(none.find('a'), null);
  });

  it('of a subject are forgotten, and make room', () => {
    const recent = createRecentAnswers(2 * 1_034);
    recent.keep('ann', 10, answer(1, 'ann'));
    recent.keep('ben', 10, answer(2, 'ben'));

    recent.forget('ann');
    recent.keep('cat', 10, answer(3, 'cat'));

    assert.deepEqual(
      ['ann', 'ben', 'cat'].map((id) => recent.find(id) !== null),
      [false, true, true],
    );
  });
});
