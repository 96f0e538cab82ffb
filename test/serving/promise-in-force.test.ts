import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { promiseInForce } from '../../src/serving/promise-in-force.js';
import { shownInputDrift } from '../../src/serving/shown-input-drift.js';
import { openGuarantee } from '../support/guarantee-rig.js';
import { createEvidence } from '../support/holdout-evidence.js';

/** Certified at a threshold below which one row in eight is wrong. */
function openPromise(keptOutShare = 0.3) {
  const { guarantee, clock } = openGuarantee({
    policy: { riskMax: 0.1, holdoutRate: 0.02, recoveryHoldoutRate: 0.2 },
  });
  const row = createEvidence('first');
  const rows = Array.from({ length: 600 }, (_, index) => {
    const confidence = 0.5 + (index + 1) / 1_200;
    return row({ confidence, disagrees: confidence < 0.7 && index % 8 === 0 });
  });
  guarantee.bind('a', rows);
  clock.nowMs++;
  const promise = promiseInForce({
    guarantee,
    budget: { threshold: 0.123, holdoutRate: 0.01 },
    keptOut: { share: keptOutShare },
  });
  return { guarantee, promise };
}

describe('what requests go by while inputs drift', () => {
  it('is a higher threshold and a higher holdout rate, and neither before', () => {
    const { guarantee, promise } = openPromise();
    const certified = guarantee.threshold!;
    assert.deepEqual([promise.threshold, promise.holdoutRate], [certified, 0.02]);

    guarantee.inputsDrifted('Seen.');

    assert.ok(promise.threshold! > certified + 0.02, `${promise.threshold} after ${certified}`);
    assert.equal(promise.holdoutRate, 0.2);
    assert.equal(shownInputDrift(guarantee, promise)!.thresholdMin, promise.threshold);
    assert.equal(guarantee.threshold, certified); // What is certified stays, for the watch.
  });

  it('never holds out what may have been trained on', () => {
    const { guarantee, promise } = openPromise(0.05);
    guarantee.inputsDrifted('Seen.');
    assert.equal(promise.holdoutRate, 0.05);
  });

  for (const [mode, expected] of [
    ['budget', [0.123, 0.01]],
    ['student', [null, 0.02]],
  ] as const)
    it(`is no other in mode ${mode}, which promises no risk, and it is not shown there`, () => {
      const { guarantee, promise } = openPromise();
      guarantee.inputsDrifted('Seen.');
      guarantee.setPolicy({ ...guarantee.policy, mode });
      assert.deepEqual([promise.threshold, promise.holdoutRate], expected);
      assert.equal(shownInputDrift(guarantee, promise), null);
    });
});
