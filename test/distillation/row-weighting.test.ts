import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  balancingWeights,
  isSelective,
  isSkewed,
  propensityWeights,
  weightsBy,
  wordsOfWeighting,
} from '../../src/distillation/row-weighting.js';
import { assertNearAll } from '../support/assert-near-all.js';

const rows = (...counts: number[]) =>
  counts.flatMap((count, label) => Array.from({ length: count }, () => ({ label })));

describe('weights of rows of rare classes', () => {
  it('are the root of what would make classes equal', () => {
    assertNearAll(
      balancingWeights(rows(8, 2)),
      [...Array<number>(8).fill(Math.sqrt(10 / 16)), ...Array<number>(2).fill(Math.sqrt(2.5))],
      1e-12,
    );
  });

  it('have a limit', () => {
    assert.equal(balancingWeights(rows(999, 1)).at(-1), 5);
  });

  it('are for classes of which one has five times the rows of another', () => {
    assert.equal(isSkewed(rows(5, 1)), true);
    assert.equal(isSkewed(rows(9, 2)), false);
  });
});

describe('weights of rows that are seldom labelled', () => {
  const labelled = (...propensities: number[]) =>
    propensities.map((propensity) => ({ propensity }));

  it('are as their propensities have it, of mean 1', () => {
    // 1, 1 and 2 of each row of traffic, over 4 / 3.
    assertNearAll(propensityWeights(labelled(1, 1, 0.5)), [0.75, 0.75, 1.5], 1e-12);
    assertNearAll(propensityWeights([{}, {}]), [1, 1], 1e-12);
  });

  it('have a limit: a row in a hundred weighs five times as much, not a hundred times', () => {
    const weights = propensityWeights(labelled(...Array<number>(9).fill(1), 0.01));

    assertNearAll(weights, [...Array<number>(9).fill(10 / 14), 50 / 14], 1e-12);
  });

  it('are for rows of which some are labelled more seldom', () => {
    assert.equal(isSelective([...labelled(1, 1), {}]), false);
    assert.equal(isSelective(labelled(1, 0.02)), true);
  });
});

describe('a weighting', () => {
  const dataset = [0, 0, 0, 1].map((label, k) => ({
    ...{ id: `row-${k}`, input: Uint8Array.of(k), label, probabilities: null, weight: 1 },
    ...{ source: 'capture' as const, propensity: k === 0 ? 0.5 : 1 },
  }));

  it('has rows weigh the same, by their class, or by how often they are labelled', () => {
    assert.equal(weightsBy('rows', dataset), null);
    assertNearAll(
      weightsBy('classes', dataset)!,
      [...Array<number>(3).fill(Math.sqrt(2 / 3)), Math.sqrt(2)],
      1e-12,
    );
    assertNearAll(weightsBy('propensities', dataset)!, [1.6, 0.8, 0.8, 0.8], 1e-12);
  });

  it('has words of its own, by which the next run finds it', () => {
    const words = (['rows', 'classes', 'propensities'] as const).map(wordsOfWeighting);

    assert.deepEqual(words, [
      [],
      ['rare classes weigh more'],
      ['what is seldom labelled weighs more'],
    ]);
  });
});
