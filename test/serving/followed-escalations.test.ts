import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { followEscalations } from '../../src/serving/followed-escalations.js';
import { createGate } from '../support/gate.js';

describe('escalations that are followed', () => {
  it('tell of the oldest holdout row until its caller has an answer, or an error', async () => {
    const [answering, failing] = [createGate(), createGate()];
    const { escalate, oldestMs } = followEscalations(
      async (rows: readonly { createdMs: number; isHoldout: boolean }[], ends: Promise<void>) => {
        await ends;
        if (ends === failing.promise) throw new Error('Down.');
        return rows.length;
      },
    );
    const row = (createdMs: number, isHoldout = true) => ({ createdMs, isHoldout });

    const answered = escalate([row(1, false), row(4), row(3)], answering.promise);
    const failed = escalate([row(2)], failing.promise);

    assert.equal(oldestMs(), 2);
    failing.open();
    await assert.rejects(failed, /Down/);
    assert.equal(oldestMs(), 3);
    answering.open();
    assert.equal(await answered, 3);
    assert.equal(oldestMs(), null);
  });
});
