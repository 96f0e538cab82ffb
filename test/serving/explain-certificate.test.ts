import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { explainCertificate } from '../../src/serving/explain-certificate.js';
import { createHoldoutPace } from '../../src/serving/holdout-pace.js';
import { createTaskBus } from '../../src/serving/task-bus.js';
import { certificate } from '../support/certified.js';
import { choosingHash, holdoutRow } from '../support/switch-rig.js';

const open = {
  kind: 'not-certified',
  why: '140 more holdout rows until a threshold can be certified.',
  holdoutRows: 108,
  nextFitAtRows: 248,
  labels: [],
} as const;
const steady = { refusalOf: () => null };
const policy = { mode: 'risk', riskMax: 0.05 } as const;
const nobodyKnows = { waitMs: () => null };

describe('what is missing for a certificate', () => {
  it('is told with the time that it takes at the present traffic', () => {
    const pace = { waitMs: (rows: number) => rows * 77_000 };

    const told = explainCertificate(open, { policy, selfAgreement: steady, pace });

    assert.deepEqual(told, {
      ...open,
      why:
        '140 more holdout rows until a threshold can be certified. At the present traffic the ' +
        '140 rows take about 3 h.',
    });
  });

  it('is told without it while nobody can say, or when nothing is missing', () => {
    const known = { policy, selfAgreement: steady, pace: nobodyKnows };
    const full = { ...open, holdoutRows: 300 };
    const pace = { waitMs: () => 1000 };

    assert.deepEqual(explainCertificate(open, known), open);
    assert.deepEqual(explainCertificate(full, { ...known, pace }), full);
  });

  it('is, before all else, that the teacher is too unsteady for the target', () => {
    const asked: number[] = [];
    const selfAgreement = {
      refusalOf: (riskMax: number) => {
        asked.push(riskMax);
        return { why: 'The teacher disagrees with itself.', riskMaxMin: 0.08 };
      },
    };

    const told = explainCertificate(open, { policy, selfAgreement, pace: nobodyKnows });

    assert.ok(told.kind === 'not-certified');
    assert.equal(told.why, `The teacher disagrees with itself. ${open.why}`);
    assert.deepEqual(asked, [0.05]);
  });

  it('is nothing in modes that wait for no threshold', () => {
    const pace = { waitMs: () => 1000 };
    for (const mode of ['budget', 'student'] as const) {
      const known = { policy: { mode, riskMax: 0.05 }, selfAgreement: steady, pace };

      assert.deepEqual(explainCertificate(open, known), open);
    }
  });

  it('is nothing where there is one', () => {
    const known = { policy, selfAgreement: steady, pace: { waitMs: () => 1 } };

    assert.deepEqual(explainCertificate({ ...certificate(0.9), labels: [] }, known), {
      ...certificate(0.9),
      labels: [],
    });
  });
});

describe('the pace of holdout rows', () => {
  function openPace() {
    const bus = createTaskBus();
    const clock = { nowMs: 1_700_000_000_000 };
    const pace = createHoldoutPace(bus, () => clock.nowMs);
    const capture = (index: number, changes = {}): void => {
      bus.emit('captured', [holdoutRow(index, changes)]);
    };
    return { clock, pace, capture };
  }

  it('is that of the newest rows that certify, each input once', () => {
    const { clock, pace, capture } = openPace();
    for (let index = 0; index < 300; index++) {
      clock.nowMs += index < 150 ? 9_000 : 2_000;
      capture(index);
      capture(index); // A repeat.
      capture(10_000 + index, { inputHash: choosingHash(index) });
      capture(20_000 + index, { isHoldout: false, isTrainable: true });
    }

    assert.equal(pace.waitMs(140), 280_000);
  });

  it('is not told by fewer than ten', () => {
    const { clock, pace, capture } = openPace();
    for (let index = 0; index < 9; index++) {
      clock.nowMs += 1_000;
      capture(index);
    }
    assert.equal(pace.waitMs(1), null);

    capture(9);

    assert.notEqual(pace.waitMs(1), null);
  });

  it('falls while no row comes', () => {
    const { clock, pace, capture } = openPace();
    for (let index = 0; index < 11; index++) {
      clock.nowMs += 1_000;
      capture(index);
    }
    assert.equal(pace.waitMs(10), 10_000);

    clock.nowMs += 90_000;

    assert.equal(pace.waitMs(10), 100_000);
  });
});
