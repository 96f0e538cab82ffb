import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HoldoutEvidence } from '../../src/serving/evidence.js';
import type { Guarantee } from '../../src/serving/guarantee.js';
import { observeAll, openCertified, raiseAlarm, served } from '../support/guarantee-rig.js';
import { createEvidence, many } from '../support/holdout-evidence.js';
import { policy } from '../support/square-task.js';

describe('a guarantee that comes back to what it had certified', () => {
  const wrong = (createdMs: number): readonly HoldoutEvidence[] => {
    const evidence = createEvidence(`wrong-${createdMs}`);
    return many(40, () => evidence({ confidence: 0.999, disagrees: true, createdMs }));
  };

  it('withdraws it when the rows meanwhile speak against it: nobody had watched', () => {
    const { guarantee, events } = openCertified();
    guarantee.bind('b', []);

    guarantee.bind('a', [...many(248, createEvidence('first')), ...wrong(2_000_000)]);

    assert.equal(guarantee.threshold, null);
    const last = events.at(-1)!;
    assert.ok(last.kind === 'certificate-lost');
    assert.match(last.why, /while it was not watched\./);
  });

  it('holds on where they do not, or where its watch had seen them', () => {
    const { guarantee, events } = openCertified();
    const before = guarantee.threshold;
    guarantee.bind('b', []);
    const right = many(40, createEvidence('right'));

    guarantee.bind('a', [...right, ...wrong(999_999)]); // The clock stands at 1 000 000.

    assert.equal(guarantee.threshold, before);
    assert.equal(events.filter(({ kind }) => kind === 'certificate-lost').length, 0);
  });
});

describe('a row from before an alarm whose label comes late', () => {
  it('says nothing against the certificate that was won after the alarm', () => {
    const { guarantee, clock } = openCertified();
    clock.nowMs = 3_000_000;
    raiseAlarm(guarantee);
    const anew = createEvidence('anew');
    observeAll(
      guarantee,
      many(400, () => anew({ createdMs: 4_000_000 })),
    );
    const certified = guarantee.threshold;

    const late = createEvidence('late');
    const rows = many(40, () => late({ confidence: 0.999, disagrees: true, createdMs: 2_500_000 }));
    observeAll(guarantee, rows, served);

    assert.notEqual(certified, null);
    assert.equal(guarantee.threshold, certified);
  });
});

describe('the watch over a guarantee', () => {
  const wrong = createEvidence('wrong-of-b');
  const openLongRight = (): Guarantee => {
    const { guarantee } = openCertified();
    const right = createEvidence('right');
    const rows = many(100, () => right({ confidence: 0.999 }));
    observeAll(guarantee, rows, served);
    return guarantee;
  };
  const twoWrong = (guarantee: Guarantee): void =>
    [1, 2].forEach(() => guarantee.observe(wrong({ confidence: 0.999, disagrees: true }), served));

  it('goes on with the next student: two disagreements are no alarm after many agreements', () => {
    const guarantee = openLongRight();
    guarantee.bind('b', many(248, createEvidence('first')));

    twoWrong(guarantee);

    assert.notEqual(guarantee.threshold, null);
  });

  it('starts afresh with another target', () => {
    const guarantee = openLongRight();
    guarantee.setPolicy({ ...policy, riskMax: 0.06 });
    guarantee.bind('b', many(248, createEvidence('first')));
    assert.notEqual(guarantee.threshold, null);

    twoWrong(guarantee);

    assert.equal(guarantee.threshold, null);
  });
});

describe('traffic that is left behind', () => {
  const changedAtMs = 3_000_000;
  const newRows = (count: number, disagrees: (index: number) => boolean) => {
    const evidence = createEvidence('new', changedAtMs + 1);
    let index = 0;
    return many(count, () => evidence({ disagrees: disagrees(index++) }));
  };

  it('keeps the threshold until the new rows certify one, be it a higher one', () => {
    const { guarantee, clock, events } = openCertified();
    const { threshold: before } = guarantee;
    clock.nowMs = 4_000_000;
    // Of the less sure half of the new rows every eighth is wrong.
    const rows = newRows(700, () => false).map((row, index) => {
      const disagrees = row.confidence < 0.75 && index % 8 === 0;
      return { ...row, disagrees, teacherLabel: disagrees ? 1 : 0 };
    });
    observeAll(guarantee, rows.slice(0, 100));
    const needed = guarantee.rowsForFit;
    guarantee.leaveBehind(changedAtMs);
    assert.equal(guarantee.certifyingRows.length, 100);
    assert.equal(guarantee.threshold, before);

    observeAll(guarantee, rows.slice(100, needed - 1));
    assert.equal(guarantee.threshold, before);
    observeAll(guarantee, rows.slice(needed - 1));

    assert.ok(guarantee.threshold! > 0.6, `${guarantee.threshold} after ${before}`);
    assert.equal(events.filter(({ kind }) => kind === 'certificate-won').length > 1, true);
    assert.equal(guarantee.evidenceAfterMs, changedAtMs);
  });

  it('leaves no other student its certificate', () => {
    const { guarantee, clock } = openCertified();
    clock.nowMs = 4_000_000;
    guarantee.bind('b', []);
    guarantee.leaveBehind(changedAtMs);
    guarantee.bind('a', many(248, createEvidence('first')));
    assert.equal(guarantee.threshold, null);
  });
});
