import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Policy } from '../../src/config/policy-schema.js';
import { Guarantee } from '../../src/serving/guarantee.js';
import type { GuaranteeEvent } from '../../src/serving/guarantee-parts.js';
import type { SavedGuarantee } from '../../src/serving/guarantee-memory.js';
import { savedGuaranteeSchema } from '../../src/serving/saved-guarantee-schema.js';
import { createEvidence, many } from '../support/holdout-evidence.js';
import { policy, squareTask } from '../support/square-task.js';

const labels = (bright: Policy['labels'][string]): Partial<Policy> => ({ labels: { bright } });
const dark = 0;
const bright = 1;

function open(changes: Partial<Policy>, saved: SavedGuarantee | null = null) {
  const events: GuaranteeEvent[] = [];
  const disk: { saved: SavedGuarantee | null } = { saved: null };
  const guarantee = new Guarantee({
    policy: { ...policy, ...changes },
    labels: squareTask.labels,
    saved,
    now: () => 1_000_000,
    save: (state) => void (disk.saved = state),
    onEvent: (event) => events.push(event),
  });
  return { guarantee, events, disk };
}
const half = createEvidence('half');
let made = 0;
/** Every second row is bright; student and teacher agree. */
const agreeing = () => {
  const label = made++ % 2;
  return half({ label, teacherLabel: label });
};
let spread = 0;
/** Every 25th row is bright. */
const seldom = () => {
  const label = Number(spread++ % 25 === 0);
  return half({ label, teacherLabel: label });
};
const watched = { isNew: true, isServed: true, certifies: false };

describe('a guarantee with targets for single labels', () => {
  it('certifies each label by itself, and knows it after a restart', () => {
    const { guarantee, disk } = open(labels({ riskMax: 0.02, delta: 0.1 }));
    const untried = guarantee.certificate;
    guarantee.bind('b', many(400, agreeing));
    const early = guarantee.labelThresholds;
    for (const row of many(3_000, agreeing))
      guarantee.observe(row, { isServed: false, certifies: true });
    const saved = savedGuaranteeSchema.parse(JSON.parse(JSON.stringify(disk.saved)));
    const again = open(labels({ riskMax: 0.02, delta: 0.1 }), saved).guarantee;
    again.bind('b', []);

    assert.equal(untried.labels[0]!.why, 'It waits for the next fit.');
    assert.deepEqual(early, { [bright]: null }); // Half of them are bright, and too few.
    assert.ok(guarantee.labelThresholds[bright]! < 0.6);
    assert.equal(guarantee.certificate.labels[0]!.label, 'bright');
    assert.equal(guarantee.labelThresholds, guarantee.labelThresholds); // Shown only when changed.
    assert.deepEqual(again.labelThresholds, guarantee.labelThresholds);
  });

  it('spends nothing before a seldom label can be tested, and certifies it then', () => {
    const { guarantee } = open(labels({ missMax: 0.02, delta: 0.1 }));
    guarantee.bind('b', many(2_600, seldom));
    const { certificate, nextFit } = guarantee;
    for (const row of many(1_500, seldom))
      guarantee.observe(row, { isServed: false, certifies: true });

    // The first attempt has seven tenths of delta: 0.98^132 is the first power below 0.07.
    assert.ok(certificate.kind === 'not-certified');
    assert.match(certificate.why, /^28 more holdout rows labelled bright needed\. The next fit is/);
    assert.equal(nextFit.attempt, 1);
    // Looks are at 3 250 rows, with 130, and at 4 063, with 163.
    assert.equal(guarantee.certificate.kind, 'certified');
    assert.equal(guarantee.certificate.labels[0]!.rows, 163);
  });

  it('says of a label that is too seldom that no more rows will help', () => {
    const { guarantee } = open(labels({ riskMax: 0.001, delta: 0.1 }));
    guarantee.bind('b', many(20_000, seldom));

    const [bright] = guarantee.certificate.labels;
    assert.equal(guarantee.certificate.kind, 'certified');
    assert.match(bright!.why!, /^bright is too seldom .* the newest 20000 have 800\. Raise it/);
  });

  it('counts what an older gateway has spent: each of its attempts was one at every label', () => {
    const { guarantee, disk } = open(labels({ missMax: 0.02, delta: 0.1 }));
    guarantee.bind('b', []);
    const { labelAttempts, ...older } = disk.saved!;
    const saved = savedGuaranteeSchema.parse({ ...older, attempts: { b: 3 } });
    const again = open(labels({ missMax: 0.02, delta: 0.1 }), saved);
    again.guarantee.bind('b', many(3_000, agreeing));
    const { attempts, labelAttempts: now } = again.disk.saved!;

    assert.deepEqual(labelAttempts, {});
    assert.deepEqual([attempts, now], [{ b: 4 }, { b: { '*': 3, 'missMax bright': 4 } }]);
  });

  it('does not say for which risk rows would do that fail: labels may rule that out', () => {
    const wrong = (row: number) => half({ disagrees: row % 10 === 0, confidence: 0.99 });
    const whyWith = (changes: Partial<Policy>): string => {
      const { guarantee } = open(changes);
      guarantee.bind(
        'b',
        Array.from({ length: 600 }, (_, row) => wrong(row)),
      );
      const { certificate } = guarantee;
      assert.ok(certificate.kind === 'not-certified');
      return certificate.why;
    };

    assert.match(whyWith({}), / would do for a riskMax of /);
    assert.doesNotMatch(whyWith(labels({ missMax: 0.02, delta: 0.1 })), / would do /);
  });

  it('is fitted anew when the target of a label changes', () => {
    const { guarantee } = open(labels({ riskMax: 0.02, delta: 0.1 }));
    guarantee.bind('b', many(3_000, agreeing));
    assert.notEqual(guarantee.threshold, null);

    guarantee.setPolicy({ ...policy, ...labels({ riskMax: 0.03, delta: 0.1 }) });

    assert.equal(guarantee.threshold, null);
  });

  it('is withdrawn when answers with that label differ too often, though all do not', () => {
    const { guarantee, events } = open(labels({ riskMax: 0.01, delta: 0.1 }));
    guarantee.bind('b', many(3_000, agreeing));
    const make = createEvidence('served', 2_000_000);
    let rows = 0;
    while (guarantee.threshold !== null && rows < 2_000) {
      const isBright = rows % 4 === 0;
      const disagrees = rows % 40 === 0; // 2.5 % of all, 10 % of the bright ones.
      const label = isBright ? bright : dark;
      const teacherLabel = disagrees ? 1 - label : label;
      guarantee.observe(make({ confidence: 0.99, label, teacherLabel, disagrees }), watched);
      rows++;
    }

    const lost = events.find(({ kind }) => kind === 'certificate-lost');
    assert.match(
      (lost as { why: string }).why,
      /^Student answers of bright differ .* more often than 1 %: /,
    );
  });

  it('is withdrawn when too many of a label are missed, and counts those that were not', () => {
    const { guarantee, events } = open(labels({ missMax: 0.02, delta: 0.1 }));
    const calm = open(labels({ missMax: 0.02, delta: 0.1 })).guarantee;
    for (const one of [guarantee, calm]) one.bind('b', many(3_000, agreeing));
    const make = createEvidence('missed', 2_000_000);
    for (let row = 0; row < 1_200 && guarantee.threshold !== null; row++) {
      const isMissed = row % 60 === 0;
      const label = isMissed ? dark : row % 6 === 0 ? bright : dark;
      const teacherLabel = isMissed ? bright : label; // A tenth of all bright rows are missed.
      const seen = make({ confidence: 0.99, label, teacherLabel, disagrees: isMissed });
      guarantee.observe(seen, watched);
      calm.observe(seen, { ...watched, isServed: !isMissed }); // There the teacher answered.
    }

    const lost = events.find(({ kind }) => kind === 'certificate-lost');
    assert.match(
      (lost as { why: string }).why,
      /^Of what the teacher labels bright, the student answers more than 2 % otherwise: /,
    );
    assert.notEqual(calm.threshold, null);
  });
});
