import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  createTextNetwork,
  joinNetworks,
  scoreBag,
  type TextNetwork,
} from '../../../src/distillation/text/text-network.js';
import { assertNearAll } from '../../support/assert-near-all.js';
import { seededDraw } from '../../support/seeded-draw.js';
import { smallTextNetwork } from '../../support/small-text-network.js';

const bag = { places: Int32Array.of(1, 3, 4), weights: Float32Array.of(0.6, 0.5, 0.62) };

describe('the network of a text student', () => {
  it('scores a bag of n-grams by its formula', () => {
    const network: TextNetwork = {
      ...{ places: 3, hiddenSize: 2, classCount: 2 },
      embedding: Float32Array.of(0, 0, 1, 2, -3, 4),
      hiddenBias: Float32Array.of(0.5, -1),
      head: Float32Array.of(1, 10, 100, 1000),
      headBias: Float32Array.of(7, 8),
    };
    const two = { places: Int32Array.of(1, 2), weights: Float32Array.of(2, 0.5) };

    // Hidden: 2 * 1 - 0.5 * 3 + 0.5 = 1; 2 * 2 + 0.5 * 4 - 1 = 5.
    assertNearAll(scoreBag(network, two), [1 + 500 + 7, 10 + 5000 + 8], 1e-9);
    // Alone, the second one's hidden value is -2.5, and cut off.
    const second = { places: Int32Array.of(2), weights: Float32Array.of(1) };
    assertNearAll(scoreBag(network, second), [300 + 7, 3000 + 8], 1e-9);
  });

  it('joined with another one gives the mean of their logits', () => {
    const one = smallTextNetwork();
    const shape = { places: 5, hiddenSize: 2, classCount: 3 };
    const other = {
      ...createTextNetwork(shape, seededDraw(8)),
      headBias: Float32Array.of(3, 2, 1),
    };

    const joined = joinNetworks([one, other]);

    const [ofOne, ofOther] = [one, other].map((network) => scoreBag(network, bag));
    const mean = Array.from(ofOne!, (logit, c) => (logit + ofOther![c]!) / 2);
    assertNearAll(scoreBag(joined, bag), mean, 1e-6);
    assert.equal(joined.hiddenSize, 8);
  });

  it('scores a text without a known n-gram by its biases', () => {
    const network = smallTextNetwork();
    const empty = { places: new Int32Array(0), weights: new Float32Array(0) };

    assert.ok(scoreBag(network, empty).every(Number.isFinite));
  });
});
