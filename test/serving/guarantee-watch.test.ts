import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Policy } from '../../src/config/policy-schema.js';
import type { HoldoutEvidence } from '../../src/serving/evidence.js';
import { Guarantee, type GuaranteeEvent } from '../../src/serving/guarantee.js';
import type { SavedGuarantee } from '../../src/serving/guarantee-memory.js';
import { createEvidence, many } from '../support/holdout-evidence.js';
import { policy, squareTask } from '../support/square-task.js';

const unserved = { isServed: false, certifies: true };
const served = { isServed: true, certifies: true };

function open(options: { saved?: SavedGuarantee; policy?: Partial<Policy>; nowMs?: number } = {}) {
  const events: GuaranteeEvent[] = [];
  const saves: SavedGuarantee[] = [];
  const clock = { nowMs: options.nowMs ?? 1_000_000 };
  const guarantee = new Guarantee({
    labels: squareTask.labels,
    policy: { ...policy, ...options.policy },
    saved: options.saved ?? null,
    now: () => clock.nowMs,
    save: (saved) => saves.push(structuredClone(saved)),
    onEvent: (event) => events.push(event),
  });
  return { guarantee, events, saves, clock };
}

/** A guarantee that has just won its first certificate, from 248 rows that all agree. */
function openCertified() {
  const opened = open();
  opened.guarantee.bind('a', many(248, createEvidence('first')));
  assert.notEqual(opened.guarantee.threshold, null);
  return opened;
}

const observeAll = (guarantee: Guarantee, rows: readonly HoldoutEvidence[], how = unserved) =>
  rows.forEach((row) => guarantee.observe(row, how));

/** Disagreements on rows that the student answered: two are enough at the start (19.5 >= 10). */
function raiseAlarm(guarantee: Guarantee): void {
  const wrong = createEvidence(`wrong-${Math.abs(guarantee.evidenceAfterMs)}`);
  const rows = many(40, () => wrong({ confidence: 0.999, disagrees: true, createdMs: 2_000_000 }));
  for (const row of rows) {
    if (guarantee.threshold === null) return;
    guarantee.observe(row, served);
  }
  assert.equal(guarantee.threshold, null);
}

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
  const twoWrong = (guarantee: Guarantee): void =>
    [1, 2].forEach(() => guarantee.observe(wrong({ confidence: 0.999, disagrees: true }), served));

  it('goes on with the next student: two disagreements are no alarm after many agreements', () => {
    const { guarantee } = openCertified();
    const right = createEvidence('right');
    observeAll(
      guarantee,
      many(100, () => right({ confidence: 0.999 })),
      served,
    );
    guarantee.bind('b', many(248, createEvidence('first')));

    twoWrong(guarantee);

    assert.notEqual(guarantee.threshold, null);
  });

  it('starts afresh with another target', () => {
    const { guarantee } = openCertified();
    const right = createEvidence('right');
    observeAll(
      guarantee,
      many(100, () => right({ confidence: 0.999 })),
      served,
    );
    guarantee.setPolicy({ ...policy, riskMax: 0.06 });
    guarantee.bind('b', many(248, createEvidence('first')));
    assert.notEqual(guarantee.threshold, null);

    twoWrong(guarantee);

    assert.equal(guarantee.threshold, null);
  });
});
