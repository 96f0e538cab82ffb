import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { networksOfModel } from '../../../src/distillation/text/networks-of-model.js';
import { textModel } from '../../../src/distillation/text/text-model.js';
import { defaultTextRecipe } from '../../../src/distillation/text/text-recipe.js';
import { joinNetworks, scoreBag } from '../../../src/distillation/text/text-network.js';
import { createTextHasher } from '../../../src/distillation/text/text-preprocess.js';
import {
  prepareTexts,
  trainTextStudent,
} from '../../../src/distillation/text/train-text-student.js';
import { bagOf } from '../../../src/distillation/text/vocabulary.js';
import { seedRowOf } from '../../../src/distillation/dataset.js';
import { buildModelGraph } from '../../../src/distillation/training-graph.js';
import { mlp, parameterCountOf } from '../../../src/distillation/architecture.js';
import { assertNearAll } from '../../support/assert-near-all.js';
import { drawOrders, ordersTask } from '../../support/orders-task.js';
import { seededDraw } from '../../support/seeded-draw.js';

const classCount = ordersTask.labels.length;
const rowsOf = (seed: number) => drawOrders(60, seededDraw(seed)).map(seedRowOf);
const prepare = (seed: number) => prepareTexts({ classCount, train: rowsOf(seed), validation: [] });
const recipe = { ...defaultTextRecipe, hiddenSize: 8 };
const texts = prepare(1);
const student = await trainTextStudent(texts, { seed: 1, recipe, share: 0.5, onStep: () => {} });
const model = textModel(student).onnx;
const start = { vocabulary: texts.vocabulary, hiddenSize: 8, classCount, draw: seededDraw(2) };

describe('the networks of a served text student', () => {
  it('answer together as the student does', () => {
    const joined = joinNetworks(networksOfModel(model, start)!);

    for (const bag of texts.bags.slice(0, 20))
      assertNearAll(scoreBag(joined, bag), [...scoreBag(student.network, bag)], 0.05);
  });

  it('know n-grams by what they are, not by their place', () => {
    const other = prepare(9); // Other texts: another vocabulary, other places.
    assert.notDeepEqual(other.vocabulary.placeOf, texts.vocabulary.placeOf);
    const networks = networksOfModel(model, { ...start, vocabulary: other.vocabulary })!;
    const hash = createTextHasher();
    const { input } = rowsOf(1)[0]!;

    const { placeOf } = other.vocabulary;
    const known = texts.vocabulary.placeOf.findIndex((place, k) => place > 0 && placeOf[k]! > 0);
    const [own, old] = [placeOf[known]!, texts.vocabulary.placeOf[known]!];
    const row = networks[0]!.embedding.subarray(own * 8, (own + 1) * 8);
    const served = student.network.embedding.subarray(old * 24, old * 24 + 8);
    assertNearAll(row, [...served], 0.02);
    const bag = bagOf(hash(input), other.vocabulary);
    assert.ok(scoreBag(joinNetworks(networks), bag).every(Number.isFinite));
  });

  it('are none of another kind of model, or of other sizes', () => {
    const architecture = mlp(4, [3], classCount);
    const theta = new Float32Array(parameterCountOf(architecture));
    const image = buildModelGraph(architecture, { inputSize: 4, theta });

    assert.equal(networksOfModel(image, start), null);
    assert.equal(networksOfModel(model, { ...start, hiddenSize: 16 }), null);
    assert.equal(networksOfModel(model, { ...start, classCount: 9 }), null);
  });
});
