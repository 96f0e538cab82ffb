import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seedRowOf } from '../../../src/distillation/dataset.js';
import type { TrainerStep } from '../../../src/distillation/embedded-trainer.js';
import {
  prepareTransformer,
  trainTransformer,
  type TransformerTraining,
} from '../../../src/distillation/transformer/train-transformer.js';
import { transformerModel } from '../../../src/distillation/transformer/transformer-model.js';
import {
  defaultTransformerRecipe,
  type TransformerRecipe,
} from '../../../src/distillation/transformer/transformer-recipe.js';
import { weightsOfModel } from '../../../src/distillation/transformer/weights-of-model.js';
import { openInlineRunner } from '../../../src/model/inline-runner.js';
import { encodeText } from '../../../src/task/text-codec.js';
import { assertNearAll } from '../../support/assert-near-all.js';
import { drawOrders, ordersTask } from '../../support/orders-task.js';
import { seededDraw } from '../../support/seeded-draw.js';
import { tinySource } from '../../support/tiny-model.js';

const rowsOf = (count: number, seed: number) => drawOrders(count, seededDraw(seed)).map(seedRowOf);
const prepared = prepareTransformer({
  classCount: ordersTask.labels.length,
  train: rowsOf(150, 10),
  validation: rowsOf(60, 20),
});
const recipe: TransformerRecipe = {
  ...{ ...defaultTransformerRecipe, layers: 1, width: 16, heads: 2 },
  learningRate: 5e-3,
};

async function train(changes: Partial<TransformerTraining> = {}, of = prepared) {
  const steps: TrainerStep[] = [];
  const onStep = (step: TrainerStep): void => void steps.push(step);
  const student = await trainTransformer(of, { seed: 1, recipe, share: 0.3, onStep, ...changes });
  return { student, steps };
}
const trained = train();

describe('a transformer of texts', () => {
  it('learns what texts are about', async () => {
    const { student, steps } = await trained;

    const right = student.validationLogits.filter(
      (logits, row) => logits.indexOf(Math.max(...logits)) === prepared.validation[row]!.label,
    );
    // One in four by chance.
    assert.ok(right.length >= 48, `${right.length} of 60`);
    assert.ok(steps.length <= steps[0]!.stepsMax);
    assert.ok(steps.some(({ validationLoss }) => validationLoss !== null));
  });

  it('serves the scores of the graph that was trained, any number of texts at a time', async () => {
    // So fast that the best look is not the last one.
    const { student, steps } = await train({ recipe: { ...recipe, learningRate: 0.1 } });
    const model = transformerModel(student);
    const source = tinySource(model.onnx, {
      input: ordersTask.input,
      labels: ordersTask.labels,
      preprocess: model.preprocess,
      model: { ...tinySource().manifest.model, inputName: null, outputName: 'logits' },
    });
    const runner = await openInlineRunner({ ...source, files: model.files! });
    const inputs = prepared.validation.map(({ input }) => input);
    const together = await runner.run(inputs);
    const [alone, ...strange] = await runner.run([
      inputs[0]!,
      encodeText(''),
      encodeText('ξ '.repeat(500)),
    ]);
    await runner.close();

    const looks = steps.flatMap(({ validationLoss }) => validationLoss ?? []);
    assert.notEqual(looks.at(-1), Math.min(...looks));
    student.validationLogits.forEach((expected, row) =>
      assertNearAll(together[row] as Float32Array, expected, 1e-5),
    );
    assertNearAll(alone as Float32Array, student.validationLogits[0]!, 1e-5);
    for (const logits of strange) assert.ok((logits as Float32Array).every(Number.isFinite));
  });

  it('is the same for the same rows and seed, and another one for another seed', async () => {
    const [{ student: one }, { student: two }, { student: other }] = await Promise.all([
      train({ share: 0.05 }),
      train({ share: 0.05 }),
      train({ share: 0.05, seed: 2 }),
    ]);

    assert.deepEqual(one.onnx, two.onnx);
    assert.notDeepEqual(one.onnx, other.onnx);
  });

  it('goes on from one that serves, though texts have brought other words', async () => {
    const { student } = await trained;
    const grown = prepareTransformer({ ...prepared, train: rowsOf(300, 11) });
    const parent = {
      model: student.onnx,
      files: new Map([['tokenizer.json', student.tokenizer.file]]),
    };
    const sizes = { ...student.size, pieces: grown.tokenizer.pieces.length };
    const from = weightsOfModel(parent, { size: sizes, pieces: grown.tokenizer.pieces });
    const firstLoss = async (changes: Partial<TransformerTraining>) =>
      (await train({ share: 0.001, ...changes }, grown)).steps[0]!.loss;

    const [cold, warm] = [await firstLoss({}), await firstLoss({ from })];

    assert.notEqual(grown.tokenizer.pieces.length, student.tokenizer.pieces.length);
    assert.ok(warm < 0.6 * cold, `${warm} after ${cold}`);
    const others = { ...sizes, layers: 2 };
    assert.equal(weightsOfModel(parent, { size: others, pieces: [] }), null);
    assert.equal(
      weightsOfModel({ ...parent, files: new Map() }, { size: sizes, pieces: [] }),
      null,
    );
  });

  it('refuses to learn of no rows', () => {
    assert.throws(() => prepareTransformer({ ...prepared, train: [] }), RangeError);
  });
});
