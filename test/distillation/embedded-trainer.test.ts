import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seedRowOf } from '../../src/distillation/dataset.js';
import {
  trainStudent,
  type TrainedStudent,
  type TrainerStep,
} from '../../src/distillation/embedded-trainer.js';
import { buildModelGraph } from '../../src/distillation/training-graph.js';
import { decodeImage } from '../../src/task/image-codec.js';
import { drawLines, labelledInputOf, labelledRowOf, linesTask } from '../support/lines-task.js';
import { scorePixels } from '../support/score-pixels.js';
import { seededDraw } from '../support/seeded-draw.js';

const rowsOf = (count: number, seed: number) =>
  drawLines(count, seededDraw(seed)).map(labelledInputOf).map(seedRowOf);

interface Options {
  readonly rows?: number;
  readonly validationRows?: number;
  readonly seed?: number;
  readonly shiftPixels?: number;
}

async function train(options: Options = {}) {
  const { rows = 120, validationRows = 0, seed = 1, shiftPixels = 1 } = options;
  const steps: TrainerStep[] = [];
  const student = await trainStudent({
    task: linesTask,
    train: rowsOf(rows, 10),
    validation: rowsOf(validationRows, 20),
    seed,
    shiftPixels,
    onStep: (step) => steps.push(step),
  });
  return { student, steps };
}

/** Share of fresh lines that the student reads as they were drawn. */
async function accuracyOf({ architecture, theta }: TrainedStudent): Promise<number> {
  const rows = drawLines(300, seededDraw(99)).map(labelledRowOf);
  const model = buildModelGraph(architecture, { inputSize: 16, theta });
  const pixels = rows.map(({ input }) => decodeImage(input, linesTask.input));
  const logits = await scorePixels(model, pixels, 3);
  const right = rows.filter(({ label }, row) => {
    const own = logits[row]!;
    return own.indexOf(Math.max(...own)) === label;
  });
  return right.length / rows.length;
}

describe('training a student', () => {
  it('teaches it the task', async () => {
    const { student } = await train();

    const accuracy = await accuracyOf(student);
    assert.ok(accuracy > 0.95, `accuracy ${accuracy}`);
    assert.equal(student.architecture.description, 'MLP 16-128-3');
  });

  it('gives the same weights to the last bit for the same rows and seed', async () => {
    const [one, two] = await Promise.all([
      train({ validationRows: 40 }),
      train({ validationRows: 40 }),
    ]);

    const bits = (theta: Float32Array) => new Uint32Array(theta.slice().buffer);
    assert.deepEqual(bits(one.student.theta), bits(two.student.theta));
    assert.deepEqual(one.steps, two.steps);
  });

  it('moves images only where the task allows it', async () => {
    const [still, moved] = await Promise.all([
      train({ shiftPixels: 0 }),
      train({ shiftPixels: 1 }),
    ]);

    assert.notDeepEqual(still.student.theta, moved.student.theta);
  });

  it('gives other weights for another seed', async () => {
    const [one, two] = await Promise.all([train({ seed: 1 }), train({ seed: 2 })]);

    assert.notDeepEqual(one.student.theta, two.student.theta);
  });

  it('tells each step and its loss, which falls', async () => {
    const { steps } = await train();

    // 120 rows are two batches of 64: 40 epochs are 80 steps, fewer than the least.
    assert.equal(steps.length, 400);
    assert.deepEqual(
      steps.map(({ step }) => step),
      [...steps.keys()],
    );
    assert.ok(steps.every(({ stepsMax }) => stepsMax === 400));
    const last = steps.slice(-50).map(({ loss }) => loss);
    // It cannot fall below the entropy of the targets, a good part of the first loss.
    assert.ok(Math.max(...last) < steps[0]!.loss * 0.8, `${steps[0]!.loss} to ${last.join()}`);
  });

  it('plans 40 epochs for more rows', async () => {
    const { steps } = await train({ rows: 700 });

    assert.equal(steps.length, 40 * Math.ceil(700 / 64));
  });

  it('looks at 30 validation rows or more, and at fewer not at all', async () => {
    const [few, enough] = await Promise.all([
      train({ validationRows: 29 }),
      train({ validationRows: 30 }),
    ]);

    const looks = (steps: readonly TrainerStep[]): number[] =>
      steps.flatMap(({ validationLoss }) => validationLoss ?? []);
    assert.deepEqual(looks(few.steps), []);
    assert.ok(looks(enough.steps).length >= 12);
    assert.notEqual(enough.steps[9]!.validationLoss, null);
    assert.ok(looks(enough.steps).at(-1)! < looks(enough.steps)[0]!);
  });

  it('refuses a dataset without rows', async () => {
    await assert.rejects(train({ rows: 0 }), { message: 'There are no rows to train on.' });
  });
});
