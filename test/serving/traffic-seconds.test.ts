import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TrafficSeconds } from '../../src/serving/traffic-seconds.js';

const escalation = (teacherLabel: number) => ({ teacherLabel, isOutOfScope: false });

describe('the seconds of traffic', () => {
  it('hold the rows that were decided in them, however late the teacher answers', () => {
    const seconds = new TrafficSeconds();
    seconds.addSure([10_000, 3]);
    seconds.addEscalation(escalation(1), { createdMs: 10_400, nowMs: 10_900 });
    seconds.addSure([11_000, 5]);
    seconds.addEscalation(escalation(2), { createdMs: 10_900, nowMs: 11_400 });
    seconds.addSure([10_000, 2]);

    assert.deepEqual(seconds.take(12_900), []); // Four times 500 ms have not passed since 11 000.
    assert.deepEqual(seconds.take(13_000), [
      { rows: 7, escalations: [escalation(1), escalation(2)] },
    ]);
    assert.deepEqual(seconds.take(20_000), [{ rows: 5, escalations: [] }]);
  });

  it('leave out an escalation that comes too late, and count a sure row with what is open', () => {
    const seconds = new TrafficSeconds();
    seconds.addSure([10_000, 1]);
    assert.equal(seconds.take(12_000).length, 1);
    seconds.addEscalation(escalation(1), { createdMs: 10_100, nowMs: 12_000 });
    seconds.addSure([10_000, 4]);

    assert.deepEqual(seconds.take(60_000), [{ rows: 4, escalations: [] }]);
  });

  it('wait for half a minute at most', () => {
    const seconds = new TrafficSeconds();
    seconds.addSure([10_000, 1]);
    seconds.addEscalation(escalation(1), { createdMs: 11_000, nowMs: 611_000 });
    assert.equal(seconds.take(611_000).length, 2);
  });

  it('hold so many seconds while nobody takes them, and lose no row', () => {
    const seconds = new TrafficSeconds();
    for (let second = 1; second <= 1_000; second++) {
      seconds.addSure([second * 1_000, 2]);
      const createdMs = second * 1_000 + 10;
      seconds.addEscalation(escalation(1), { createdMs, nowMs: createdMs });
    }
    const taken = seconds.take(2_000_000);
    assert.equal(taken.length, 100);
    assert.equal(
      taken.reduce((sum, { rows }) => sum + rows, 0),
      3_000,
    );
    assert.deepEqual([taken[0]!.rows, taken[0]!.escalations.length], [2_703, 901]);
  });
});
