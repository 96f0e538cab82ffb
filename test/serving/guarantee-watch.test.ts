import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HoldoutEvidence } from '../../src/serving/evidence.js';
import type { Guarantee } from '../../src/serving/guarantee.js';
import {
  observeAll,
  openCertified,
  openGuarantee,
  raiseAlarm,
  served,
} from '../support/guarantee-rig.js';
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

    guarantee.bind('a', [...many(230, createEvidence('first')), ...wrong(2_000_000)]);

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
    guarantee.bind('b', many(230, createEvidence('first')));

    twoWrong(guarantee);

    assert.notEqual(guarantee.threshold, null);
  });

  it('starts afresh with another target', () => {
    const guarantee = openLongRight();
    guarantee.setPolicy({ ...policy, riskMax: 0.06 });
    guarantee.bind('b', many(230, createEvidence('first')));
    assert.notEqual(guarantee.threshold, null);

    twoWrong(guarantee);

    assert.equal(guarantee.threshold, null);
  });
});

describe('inputs that drift', () => {
  const driftAtMs = 3_000_000;
  const because = 'Seen.';
  /** Of the less sure half every eighth is wrong: 6 % at 0.5, the riskMax is 5 %. */
  function newRows(count: number): readonly HoldoutEvidence[] {
    const evidence = createEvidence('new', driftAtMs + 1);
    return many(count, evidence).map((row, index) => {
      const disagrees = row.confidence < 0.75 && index % 8 === 0;
      return { ...row, disagrees, teacherLabel: disagrees ? 1 : 0 };
    });
  }
  function openDrifted() {
    const opened = openCertified();
    opened.clock.nowMs = driftAtMs;
    opened.guarantee.inputsDrifted(because);
    opened.clock.nowMs = driftAtMs + 1_000_000;
    return opened;
  }
  const kindsOf = (events: readonly { readonly kind: string }[]) => events.map(({ kind }) => kind);

  it('leave the threshold until the new rows alone certify one, be it a higher one', () => {
    const { guarantee, events } = openDrifted();
    const before = guarantee.threshold!;
    observeAll(guarantee, newRows(100));
    assert.equal(guarantee.threshold, before);
    assert.equal(guarantee.certifyingRows.length, 330);

    observeAll(guarantee, newRows(900));

    assert.ok(guarantee.threshold > before + 0.05, `${guarantee.threshold} after ${before}`);
    assert.equal(guarantee.certifyingRows.length, 900);
    assert.deepEqual([guarantee.inputDrift, guarantee.evidenceAfterMs], [null, driftAtMs]);
    const told = ['certificate-won', 'inputs-drifted', 'certificate-won', 'inputs-settled'];
    assert.deepEqual(kindsOf(events).slice(0, 4), told);
  });

  it('win no lower threshold by rows from before them', () => {
    const { guarantee, events, clock } = openGuarantee();
    guarantee.bind('a', newRows(260));
    const before = guarantee.threshold!;
    clock.nowMs = driftAtMs + 500_000;
    guarantee.inputsDrifted(because);
    const good = createEvidence('good', clock.nowMs + 1);
    observeAll(guarantee, many(300, good));

    assert.equal(guarantee.threshold, before);
    assert.deepEqual(kindsOf(events), ['certificate-won', 'inputs-drifted']);

    observeAll(guarantee, many(100, good));

    assert.ok(guarantee.threshold < before - 0.1, `${guarantee.threshold} after ${before}`);
    assert.equal(guarantee.inputDrift, null);
  });

  it('do the same for a student that came meanwhile, certified on rows of both worlds', () => {
    const { guarantee } = openDrifted();
    const rows = newRows(1_200);
    guarantee.bind('b', [...many(600, createEvidence('first')), ...rows.slice(0, 50)]);
    const mixed = guarantee.threshold!;
    assert.notEqual(guarantee.inputDrift, null);

    observeAll(guarantee, rows.slice(50));

    assert.ok(guarantee.threshold! > mixed + 0.05, `${guarantee.threshold} after ${mixed}`);
    assert.equal(guarantee.inputDrift, null);
  });

  for (const [when, rowsBefore] of [
    ['before', 100],
    ['after', 500],
  ] as const)
    it(`go on after a restart ${when} the old rows were left behind`, () => {
      const first = openDrifted();
      // Too few rows to fit to, or too few that are right: the old threshold serves on.
      const isWrong = when === 'after';
      const rows = newRows(rowsBefore).map((row) => (isWrong ? { ...row, disagrees: true } : row));
      observeAll(first.guarantee, rows);
      const { threshold } = first.guarantee;
      const drift = first.guarantee.inputDrift!;

      const again = openGuarantee({ saved: first.saves.at(-1)!, nowMs: driftAtMs + 2_000_000 });
      again.guarantee.bind('a', [...many(230, createEvidence('first')), ...rows]);

      assert.deepEqual(again.guarantee.inputDrift, drift);
      assert.equal(drift.isLeftBehind, when === 'after');
      assert.equal(again.guarantee.threshold, threshold);
      assert.equal(again.guarantee.certifyingRows.length, when === 'after' ? 500 : 330);
    });

  it('leave no other student its certificate, once the old rows are left behind', () => {
    const { guarantee } = openDrifted();
    guarantee.bind('b', newRows(400));
    guarantee.bind('a', many(230, createEvidence('first')));
    assert.equal(guarantee.threshold, null);
  });

  it('end when drift of the answers withdraws the threshold', () => {
    const { guarantee, events } = openDrifted();
    guarantee.startAnew('Broken.', 'answers');
    assert.equal(guarantee.inputDrift, null);
    assert.deepEqual(kindsOf(events).slice(-2), ['inputs-settled', 'certificate-lost']);
  });
});
