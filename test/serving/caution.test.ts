import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cautiousThreshold, createCaution } from '../../src/serving/caution.js';
import { openGuarantee } from '../support/guarantee-rig.js';
import { createEvidence } from '../support/holdout-evidence.js';

const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const certified = { threshold: 0.5, riskMax: 0.1, delta: 0.1 };

describe('a cautious threshold', () => {
  it('is the one that half the risk allows', () => {
    const row = createEvidence('half');
    // 400 rows at 0.9 that agree, and 200 at 0.6 of which one in seven does not: all together
    // differ in under 5 %, but are no proof of it.
    const rows = [
      ...many(400, () => row({ confidence: 0.9 })),
      ...many(200, (index) => row({ confidence: 0.6, disagrees: index % 7 === 0 })),
    ];
    assert.equal(cautiousThreshold(rows, certified), 0.9);
  });

  it('is the certified one where that does', () => {
    const row = createEvidence('none');
    const rows = many(300, (index) => row({ confidence: 0.5 + index / 1_000 }));
    assert.equal(cautiousThreshold(rows, certified), 0.5);
  });

  it('is that of the surer half where nothing can be proven for so little', () => {
    const row = createEvidence('few');
    const rows = [
      ...many(20, () => row({ confidence: 0.4 })),
      ...many(40, (index) => row({ confidence: 0.5 + index / 100 })),
    ];
    assert.equal(cautiousThreshold(rows, certified), 0.7);
  });
});

describe('thresholds while inputs drift', () => {
  it('rise for all answers and for single labels, and come back', () => {
    const { guarantee, clock } = openGuarantee({
      policy: { labels: { bright: { riskMax: 0.04, delta: 0.1 } }, riskMax: 0.1 },
    });
    const caution = createCaution(guarantee);
    const row = createEvidence('first');
    const half = (label: number) =>
      many(600, (index) => {
        // Of those below 0.75 one in 12 is wrong: too many for half of either risk.
        const confidence = 0.5 + (index + 1) / 1_200;
        const disagrees = label === 0 ? confidence < 0.75 && index % 6 === 0 : index % 36 === 0;
        return row({ label, confidence, disagrees: disagrees && confidence < 0.75 });
      });
    guarantee.bind('a', [...half(0), ...half(1)]);
    const certified = { threshold: guarantee.threshold!, of: guarantee.labelThresholds[1]! };
    assert.deepEqual(caution.thresholds, {
      threshold: certified.threshold,
      labelThresholds: { 1: certified.of },
    });

    clock.nowMs++;
    guarantee.inputsDrifted('Seen.');

    const { threshold, labelThresholds } = caution.thresholds;
    assert.ok(threshold > certified.threshold + 0.02, `${threshold}`);
    assert.ok(labelThresholds[1] > certified.of + 0.02, `${labelThresholds[1]}`);
    assert.equal(caution.thresholds, caution.thresholds); // Not computed for each request.
    guarantee.startAnew('Broken.', 'answers');
    assert.equal(caution.thresholds.threshold, null);
  });
});
