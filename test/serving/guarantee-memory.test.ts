import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Policy } from '../../src/config/policy-schema.js';
import { Guarantee } from '../../src/serving/guarantee.js';
import type { GuaranteeEvent } from '../../src/serving/guarantee-parts.js';
import type { SavedGuarantee } from '../../src/serving/guarantee-memory.js';
import { savedGuaranteeSchema } from '../../src/serving/saved-guarantee-schema.js';
import { createEvidence, many } from '../support/holdout-evidence.js';
import { policy, squareTask } from '../support/square-task.js';

const served = { isServed: true, certifies: true };
const unserved = { isServed: false, certifies: true };

/** What is saved goes through JSON, as it does on disk. */
function open(saved: SavedGuarantee | null, current: Policy = policy) {
  const events: GuaranteeEvent[] = [];
  const disk = { saved };
  const guarantee = new Guarantee({
    labels: squareTask.labels,
    policy: current,
    saved: saved && (JSON.parse(JSON.stringify(saved)) as SavedGuarantee),
    now: () => 1_000_000,
    save: (next) => (disk.saved = JSON.parse(JSON.stringify(next)) as SavedGuarantee),
    onEvent: (event) => events.push(event),
  });
  return { guarantee, disk, events };
}
const agreeing = (count: number) => many(count, createEvidence('first'));
/** A student that never gets its certificate. */
const wrongOften = (count: number) => {
  const make = createEvidence('first');
  return many(count, () => make()).map((row, index) => ({ ...row, disagrees: index % 4 === 0 }));
};
const attemptOf = ({ saved }: { saved: SavedGuarantee | null }, binding: string): number =>
  saved!.attempts[binding]!;

describe('a guarantee after a restart', () => {
  it('has its certificate again, without a new fit', () => {
    const { guarantee, disk } = open(null);
    guarantee.bind('a', agreeing(230));
    const { certificate } = guarantee;

    const again = open(disk.saved);
    again.guarantee.bind('a', agreeing(230));

    assert.deepEqual(again.guarantee.certificate, certificate);
    assert.equal(attemptOf(again.disk, 'a'), 1);
    assert.deepEqual(again.events, []);
  });

  it('does not spend delta again on rows that it has looked at', () => {
    let saved: SavedGuarantee | null = null;
    for (let restart = 0; restart < 10; restart++) {
      const { guarantee, disk } = open(saved);
      guarantee.bind('a', wrongOften(260));
      saved = disk.saved;
    }

    assert.equal(attemptOf({ saved }, 'a'), 1);
    const { guarantee, disk } = open(saved);
    guarantee.bind('a', wrongOften(325)); // 260 and a quarter.
    assert.equal(attemptOf(disk, 'a'), 2);
  });

  it('counts rows on that have faded from what it is given', () => {
    const { guarantee, disk } = open(null);
    guarantee.bind('a', wrongOften(300));

    const again = open(disk.saved);
    again.guarantee.bind('a', wrongOften(50));

    const { certificate } = again.guarantee;
    assert.ok(certificate.kind === 'not-certified');
    assert.equal(certificate.holdoutRows, 300);
  });

  it('goes on watching where it stopped: the alarm comes with the same row', () => {
    const right = createEvidence('right');
    const wrong = createEvidence('wrong');
    const rows = [
      ...many(10, () => right({ confidence: 0.999 })),
      ...many(10, () => wrong({ confidence: 0.999, disagrees: true })),
    ];
    /** @returns after how many rows the alarm came. */
    const alarmAfter = (restartAt: number): number => {
      let { guarantee, disk } = open(null);
      guarantee.bind('a', agreeing(230));
      for (const [index, row] of rows.entries()) {
        if (index === restartAt) {
          ({ guarantee, disk } = open(disk.saved));
          guarantee.bind('a', agreeing(230));
        }
        guarantee.observe(row, served);
        if (guarantee.threshold === null) return index + 1;
      }
      return Infinity;
    };

    // Oracle (python3): after 10 that agree, 4 that differ bring the wealth from 0.3 to 18.8.
    assert.equal(alarmAfter(-1), 14);
    for (const restartAt of [1, 10, 12, 13]) assert.equal(alarmAfter(restartAt), 14);
  });

  it('still knows which rows are from before an alarm', () => {
    const { guarantee, disk } = open(null);
    guarantee.bind('a', agreeing(230));
    const wrong = createEvidence('wrong');
    for (const row of many(5, () => wrong({ confidence: 0.999, disagrees: true })))
      guarantee.observe(row, served);
    assert.equal(guarantee.threshold, null);

    const again = open(disk.saved);
    again.guarantee.bind('a', agreeing(600));
    again.guarantee.bind('b', agreeing(600));

    assert.equal(again.guarantee.evidenceAfterMs, 1_000_000);
    assert.equal(again.guarantee.threshold, null);
    assert.equal(attemptOf(again.disk, 'a'), 1);
  });

  it('knows an alarm that is on, until a threshold is certified again', () => {
    const { guarantee, disk } = open(null);
    guarantee.bind('a', agreeing(230));
    const calm = guarantee.driftAlarm;
    const wrong = createEvidence('wrong');
    for (const row of many(5, () => wrong({ confidence: 0.999, disagrees: true })))
      guarantee.observe(row, served);
    const alarm = {
      sinceMs: 1_000_000,
      why: "Student answers differ from the teacher's more often than 5 %: a test raised an alarm.",
    };
    const raised = guarantee.driftAlarm;

    const again = open(savedGuaranteeSchema.parse(disk.saved));
    again.guarantee.bind('b', []);
    const restarted = again.guarantee.driftAlarm;
    again.guarantee.bind('b', many(300, createEvidence('new', 1_000_001)));
    const won = again.guarantee.driftAlarm;
    again.guarantee.setPolicy({ ...policy, riskMax: 0.001 }); // No threshold, and no alarm either.
    const last = open(savedGuaranteeSchema.parse(again.disk.saved)).guarantee;

    assert.deepEqual([calm, raised, restarted, won], [null, alarm, alarm, null]);
    assert.equal(last.driftAlarm, null);
  });
});

describe('a guarantee bound to another student', () => {
  it('fits for it at once, from the same rows held against it', () => {
    const { guarantee, disk } = open(null);
    guarantee.bind('a', wrongOften(300));
    assert.equal(guarantee.threshold, null);

    guarantee.bind('b', agreeing(300));

    assert.notEqual(guarantee.threshold, null);
    assert.deepEqual([attemptOf(disk, 'a'), attemptOf(disk, 'b')], [1, 1]);
  });

  it('and back: what was spent on the first is still spent, and its certificate holds', () => {
    const { guarantee, disk } = open(null);
    guarantee.bind('a', agreeing(230));
    const { certificate } = guarantee;
    guarantee.bind('b', wrongOften(230));
    const between = guarantee.threshold;
    guarantee.bind('a', agreeing(300));

    assert.equal(between, null);
    assert.deepEqual(guarantee.certificate, certificate);
    assert.equal(attemptOf(disk, 'a'), 1);
  });

  it('remembers fifty bindings, the ones used last', () => {
    const { guarantee, disk } = open(null);
    for (let student = 0; student < 60; student++) guarantee.bind(`s${student}`, []);

    assert.deepEqual(
      Object.keys(disk.saved!.attempts),
      Array.from({ length: 50 }, (_, index) => `s${index + 10}`),
    );
    assert.equal(Object.keys(disk.saved!.states).length, 50);
  });
});

describe('a change of the policy', () => {
  it('of the target withdraws the certificate until the next fit', () => {
    for (const change of [{ riskMax: 0.02 }, { delta: 0.05 }]) {
      const { guarantee, events } = open(null);
      guarantee.bind('a', agreeing(400));

      guarantee.setPolicy({ ...policy, ...change });

      assert.equal(guarantee.threshold, null);
      assert.equal(guarantee.holdoutRate, 0.3);
      const { certificate } = guarantee;
      assert.ok(certificate.kind === 'not-certified');
      assert.match(certificate.why, /target has changed; a threshold for it is being fitted/);
      assert.deepEqual(
        events.filter(({ kind }) => kind === 'certificate-lost'),
        [],
      );
    }
  });

  it('takes no row for the new target before it is bound: it comes with the next fit', () => {
    const { guarantee } = open(null);
    guarantee.bind('a', agreeing(230));
    guarantee.setPolicy({ ...policy, riskMax: 0.1 });

    for (const row of many(500, createEvidence('between'))) guarantee.observe(row, unserved);

    assert.equal(guarantee.threshold, null);
    guarantee.bind('a', agreeing(230));
    assert.notEqual(guarantee.threshold, null);
  });

  it('back to an earlier target finds its certificate again, and nothing spent twice', () => {
    const { guarantee, disk } = open(null);
    guarantee.bind('a', agreeing(230));
    const { certificate } = guarantee;
    guarantee.setPolicy({ ...policy, riskMax: 0.02 });
    guarantee.bind('a', agreeing(230));
    const between = guarantee.threshold;
    guarantee.setPolicy(policy);
    guarantee.bind('a', agreeing(230));

    assert.equal(between, null);
    assert.deepEqual(guarantee.certificate, certificate);
    assert.equal(attemptOf(disk, 'a'), 1);
  });

  it('to a target that is hardly another one is one more attempt at the same rows', () => {
    const { guarantee, disk } = open(null);
    guarantee.bind('a', wrongOften(400));
    for (let nudge = 1; nudge <= 3; nudge++) {
      guarantee.setPolicy({ ...policy, delta: policy.delta - nudge * 1e-9 });
      guarantee.bind('a', wrongOften(400));
    }

    assert.equal(attemptOf(disk, 'a'), 4);
  });

  it('of the rates alone changes the rates alone', () => {
    const { guarantee } = open(null);
    guarantee.bind('a', agreeing(230));
    const { certificate } = guarantee;

    guarantee.setPolicy({ ...policy, holdoutRate: 0.07, exploreRate: 0.5 });

    assert.deepEqual(guarantee.certificate, certificate);
    assert.equal(guarantee.holdoutRate, 0.07);
    assert.equal(guarantee.policy.exploreRate, 0.5);
  });
});
