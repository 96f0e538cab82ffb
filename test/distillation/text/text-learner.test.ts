import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rowLoss } from '../../../src/distillation/row-loss.js';
import { createTextLearner, type Lesson } from '../../../src/distillation/text/text-learner.js';
import { scoreBag, type TextNetwork } from '../../../src/distillation/text/text-network.js';
import { assertNearAll } from '../../support/assert-near-all.js';
import { smallTextNetwork } from '../../support/small-text-network.js';

const loss = { alpha: 0.9, temperature: 2 };
const parts = ['embedding', 'hiddenBias', 'head', 'headBias'] as const;

const lesson: Lesson = {
  bag: { places: Int32Array.of(1, 3, 4), weights: Float32Array.of(0.6, 0.5, 0.62) },
  soft: Float32Array.of(0.2, 0.5, 0.3),
  hard: Float32Array.of(0, 1, 0),
  weight: 2,
};

/** @returns the network after one lesson, and the loss that it told. */
function taught(from: TextNetwork, rates: { embedding: number; head: number }, own = lesson) {
  const learner = createTextLearner(from, loss);
  const told = learner.teach(own, rates, null);
  return { told, network: learner.network() };
}

describe('a text learner', () => {
  it('begins with the network that it is given, and gives it back', () => {
    const network = smallTextNetwork();

    assert.deepEqual(createTextLearner(network, loss).network(), network);
  });

  it('has the loss of the scores of its network', () => {
    const network = smallTextNetwork();

    const expected = rowLoss(scoreBag(network, lesson.bag), { ...lesson, ...loss });

    assertNearAll([createTextLearner(network, loss).lossOf(lesson)], [expected], 1e-6);
  });

  it('learns along the gradient that finite differences give', () => {
    const before = smallTextNetwork();
    const rate = 0.05;

    const { told, network: after } = taught(before, { embedding: rate, head: rate });

    assertNearAll([told], [lossOf(before)], 1e-6);
    for (const part of parts) {
      const changes = Array.from(before[part], (old, k) => (old - after[part][k]!) / rate);
      assertNearAll(changes, numericGradient(before, part), 2e-4);
    }
  });

  it('gives embedding and head a rate each', () => {
    const before = smallTextNetwork();

    const { network: embeddingOnly } = taught(before, { embedding: 0.1, head: 0 });
    const { network: headOnly } = taught(before, { embedding: 0, head: 0.1 });

    const changed = (network: TextNetwork) =>
      parts.filter((part) => network[part].some((weight, k) => weight !== before[part][k]));
    assert.deepEqual(changed(embeddingOnly), ['embedding']);
    assert.deepEqual(changed(headOnly), ['hiddenBias', 'head', 'headBias']);
  });

  it('learns a part of the n-grams as it would learn a text of them alone', () => {
    const before = smallTextNetwork();
    const rates = { embedding: 0.1, head: 0.1 };
    const draws = [0.2, 0.7, 0.4]; // The second one falls out, of a share of 0.5.
    const learner = createTextLearner(before, loss);

    learner.teach(lesson, rates, { share: 0.5, draw: () => draws.shift()! });

    const weights = Float32Array.of(0.6 / 0.5, 0.62 / 0.5);
    const alone = { ...lesson, bag: { places: Int32Array.of(1, 4), weights } };
    assert.deepEqual(learner.network(), taught(before, rates, alone).network);
  });

  it('learns from a text without a known n-gram by its biases', () => {
    const before = smallTextNetwork();
    const bag = { places: new Int32Array(0), weights: new Float32Array(0) };

    const { network } = taught(before, { embedding: 0.1, head: 0.1 }, { ...lesson, bag });

    assert.deepEqual(network.embedding, before.embedding);
    assert.notDeepEqual(network.headBias, before.headBias);
  });
});

function lossOf(network: TextNetwork): number {
  const { bag, weight, soft, hard } = lesson;
  return weight * rowLoss(scoreBag(network, bag), { soft, hard, ...loss });
}

function numericGradient(network: TextNetwork, part: (typeof parts)[number]): number[] {
  return Array.from(network[part], (_, k) => {
    const shifted = (by: number): number => {
      const moved = copyOfNetwork(network);
      moved[part][k]! += by;
      return lossOf(moved);
    };
    const step = 2 ** -10;
    return (shifted(step) - shifted(-step)) / (2 * step);
  });
}

const copyOfNetwork = (network: TextNetwork): TextNetwork => ({
  ...network,
  embedding: network.embedding.slice(),
  hiddenBias: network.hiddenBias.slice(),
  head: network.head.slice(),
  headBias: network.headBias.slice(),
});
