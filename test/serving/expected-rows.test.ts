import assert from 'node:assert/strict';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { describe, it } from 'node:test';
import type { PendingRow } from '../../src/serving/captured-row.js';
import { ExpectedRows } from '../../src/serving/expected-rows.js';
import { createGate } from '../support/gate.js';
import { pendingRow } from '../support/pending-row.js';

function open() {
  const pushed: string[] = [];
  const expected = new ExpectedRows(({ id }: PendingRow) => void pushed.push(id));
  const waiting = (): string[] => expected.rows.map(({ id }) => id);
  return { expected, pushed, waiting };
}

describe('rows whose commits are told of', () => {
  it('are asked about at once where nobody told of any', () => {
    const { expected, pushed, waiting } = open();

    expected.add(pendingRow(1, { id: 'a' }));

    assert.deepEqual([pushed, waiting()], [['a'], []]);
  });

  for (const isCommitted of [true, false]) {
    it(`wait for word of it: it is ${isCommitted ? 'there' : 'lost'}`, async () => {
      const { expected, pushed, waiting } = open();
      const commit = createGate<boolean>();
      expected.expect('a', commit.promise);

      expected.add(pendingRow(1, { id: 'a' }));
      const before = [[...pushed], waiting()];
      commit.open(isCommitted);
      await turnOfTheLoop();

      assert.deepEqual(before, [[], ['a']]);
      assert.deepEqual([pushed, waiting()], [isCommitted ? [] : ['a'], []]);
    });
  }

  it('are told of for one time only', async () => {
    const { expected, pushed } = open();
    expected.expect('a', Promise.resolve(true));

    expected.add(pendingRow(1, { id: 'a' }));
    expected.add(pendingRow(1, { id: 'a' }));
    await turnOfTheLoop();

    assert.deepEqual(pushed, ['a']);
  });

  it('of a subject that is forgotten meanwhile are not asked about', async () => {
    const { expected, pushed, waiting } = open();
    const commit = createGate<boolean>();
    for (const [id, subject] of [
      ['a', 'one'],
      ['b', 'other'],
    ] as const) {
      expected.expect(id, commit.promise);
      expected.add(pendingRow(1, { id, subject }));
    }

    expected.forget('one');
    const before = waiting();
    commit.open(false);
    await turnOfTheLoop();

    assert.deepEqual([before, pushed], [['b'], ['b']]);
  });
});
