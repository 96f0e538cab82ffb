import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seedRowOf } from '../../../src/distillation/dataset.js';
import type { TrainerStep } from '../../../src/distillation/embedded-trainer.js';
import { classCentroids } from '../../../src/distillation/text/class-centroids.js';
import {
  createTextNetwork,
  hiddenOf,
  scoreBag,
} from '../../../src/distillation/text/text-network.js';
import { byteTableOf, textModel } from '../../../src/distillation/text/text-model.js';
import {
  createTextHasher,
  textPreprocess,
} from '../../../src/distillation/text/text-preprocess.js';
import {
  prepareTexts,
  trainTextStudent,
  type TextStudent,
} from '../../../src/distillation/text/train-text-student.js';
import { bagOf } from '../../../src/distillation/text/vocabulary.js';
import { openInlineRunner } from '../../../src/model/inline-runner.js';
import { noveltyOf, type Novelty } from '../../../src/routing/novelty.js';
import { encodeText } from '../../../src/task/text-codec.js';
import { assertNearAll } from '../../support/assert-near-all.js';
import { drawOrders, ordersTask } from '../../support/orders-task.js';
import { seededDraw } from '../../support/seeded-draw.js';
import { tinySource } from '../../support/tiny-model.js';

const classCount = ordersTask.labels.length;
const rowsOf = (count: number, seed: number) => drawOrders(count, seededDraw(seed)).map(seedRowOf);

async function train(options: { rows?: number; validationRows?: number; seed?: number } = {}) {
  const { rows = 120, validationRows = 0, seed = 1 } = options;
  const steps: TrainerStep[] = [];
  const texts = prepareTexts({
    classCount,
    train: rowsOf(rows, 10),
    validation: rowsOf(validationRows, 20),
  });
  const student = await trainTextStudent(texts, { seed, onStep: (step) => steps.push(step) });
  return { student, steps };
}

/** One student for who only looks at it. */
const trained = train();

const bytesOf = (student: TextStudent): Buffer => Buffer.from(textModel(student).onnx);

/** Scores of texts as a gateway that serves the student computes them. */
async function serve(
  student: TextStudent,
  texts: readonly string[],
  novelty: Novelty | null = null,
) {
  const source = tinySource(textModel(student).onnx, {
    input: ordersTask.input,
    labels: ordersTask.labels,
    preprocess: textPreprocess,
    model: { ...tinySource().manifest.model, inputName: null, outputName: 'logits' },
    calibration: { temperature: 1, score: 'top-probability', novelty },
  });
  const runner = await openInlineRunner(source);
  try {
    return (await runner.run(texts.map(encodeText))).map((result) => {
      assert.ok(result instanceof Float32Array, String(result));
      return result;
    });
  } finally {
    await runner.close();
  }
}

describe('training a text student', () => {
  it('teaches it the task', async () => {
    const { student } = await trained;

    const fresh = drawOrders(300, seededDraw(99));
    const logits = await serve(
      student,
      fresh.map(({ input }) => Buffer.from(input).toString()),
    );
    const right = fresh.filter(({ label }, k) => {
      const own = logits[k]!;
      return own.indexOf(Math.max(...own)) === label;
    });
    assert.ok(right.length / fresh.length > 0.95, `accuracy ${right.length / fresh.length}`);
  });

  it('gives the same model to the last byte for the same rows and seed', async () => {
    const options = { validationRows: 40 };

    const [one, two] = [await train(options), await train(options)];

    assert.ok(bytesOf(one.student).equals(bytesOf(two.student)));
    assert.deepEqual(one.steps, two.steps);
  });

  it('gives another model for another seed', async () => {
    const [one, two] = [await trained, await train({ seed: 2 })];

    assert.ok(!bytesOf(one.student).equals(bytesOf(two.student)));
  });

  it('tells each step and its loss, which falls', async () => {
    const { steps } = await trained;

    const { stepsMax } = steps[0]!;
    assert.deepEqual(
      steps.map(({ step }) => step),
      [...Array(stepsMax).keys()],
    );
    const last = steps.slice(-10).map(({ loss }) => loss);
    assert.ok(Math.max(...last) < steps[0]!.loss * 0.8, `${steps[0]!.loss} to ${last.join()}`);
  });

  it('looks at 30 validation rows or more, and at fewer not at all', async () => {
    const few = await train({ rows: 40, validationRows: 29 });
    const enough = await train({ rows: 40, validationRows: 30 });

    const looks = (steps: readonly TrainerStep[]): number[] =>
      steps.flatMap(({ validationLoss }) => validationLoss ?? []);
    assert.deepEqual(looks(few.steps), []);
    assert.ok(looks(enough.steps).length >= 10);
    assert.ok(looks(enough.steps).at(-1)! < looks(enough.steps)[0]!);
  });

  it('refuses a dataset without rows', async () => {
    await assert.rejects(train({ rows: 0 }), { message: 'There are no rows to train on.' });
  });
});

describe('the served model of a text student', () => {
  it('gives the logits of the network that was trained, its embedding rounded', async () => {
    const { student } = await trained;
    const texts = [
      'please help, my visa card is late',
      'zzz qqq', // Hardly an n-gram that it knows.
      '!?', // Not a word at all.
      'Since MONDAY, the courier '.repeat(7),
    ];

    const served = await serve(student, texts);

    const { bytes, scales } = byteTableOf(student.network);
    const { hiddenSize } = student.network;
    const rounded = Float32Array.from(
      bytes,
      (byte, k) => byte * scales[Math.floor(k / hiddenSize)]!,
    );
    const hash = createTextHasher();
    texts.forEach((text, k) => {
      const bag = bagOf(hash(encodeText(text)), student.vocabulary);
      assertNearAll(served[k]!, scoreBag({ ...student.network, embedding: rounded }, bag), 2e-5);
      assertNearAll(served[k]!, scoreBag(student.network, bag), 0.03);
    });
  });

  it('rounds each row of the embedding to 255 steps of its own', async () => {
    const { student } = await trained;
    const { network } = student;

    const { bytes, scales } = byteTableOf(network);

    network.embedding.forEach((weight, k) => {
      const scale = scales[Math.floor(k / network.hiddenSize)]!;
      assert.ok(Math.abs(weight - scale * bytes[k]!) <= scale * 0.5001);
    });
  });
});

describe('novelty of a text student', () => {
  const novelty = { output: 'novelty', means: [0, 0, 0], deviations: [1, 1, 1], max: null };

  it('is strange n-grams, the angle to the nearest class, and the energy', async () => {
    const { student } = await train();
    const { network, vocabulary, centroids } = student;
    const hash = createTextHasher();
    const texts = ['please help, my visa card is late', 'zzz qqq the card', '!?'];

    const served = await serve(student, texts, novelty);

    texts.forEach((text, k) => {
      const { buckets, weights } = hash(encodeText(text));
      let known = 0;
      buckets.forEach((bucket, n) => {
        if (vocabulary.placeOf[bucket] !== 0) known += weights[n]! ** 2;
      });
      const hidden = hiddenOf(network, bagOf({ buckets, weights }, vocabulary));
      const length = Math.hypot(...hidden);
      const cosines = Array.from({ length: classCount }, (_, c) => {
        let product = 0;
        hidden.forEach((value, j) => (product += value * centroids[j * classCount + c]!));
        return product / length;
      });
      const logits = served[k]!.subarray(0, classCount);
      const energy = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
      const expected = [1 - known, 1 - Math.max(...cosines), -energy];
      // The embedding is rounded to 8 bits in the model.
      assertNearAll(served[k]!.subarray(classCount), Float32Array.from(expected), 0.02);
    });
  });

  it('is higher for texts of another kind', async () => {
    const { student } = await train();
    const own = drawOrders(40, seededDraw(98)).map(({ input }) => Buffer.from(input).toString());
    const strange = ['quantum flux of the moon', 'bake bread at dawn', 'zzz qqq', 'ψυχή'];

    const [ownScores, strangeScores] = [
      await serve(student, own, novelty),
      await serve(student, strange, novelty),
    ];

    const of = (scores: Float32Array): number => noveltyOf(scores, novelty);
    assert.ok(Math.min(...strangeScores.map(of)) > Math.max(...ownScores.map(of)));
  });

  it('has centroids of length 1, that of a class without texts is 0', () => {
    const network = createTextNetwork({ places: 3, hiddenSize: 4, classCount: 3 }, seededDraw(1));
    const bag = (place: number) => ({
      places: Int32Array.of(place),
      weights: Float32Array.of(1),
    });
    const centroids = classCentroids(network, [
      { bag: bag(1), label: 0 },
      { bag: bag(2), label: 0 },
      { bag: bag(1), label: 2 },
    ]);

    const lengths = [0, 1, 2].map((c) =>
      Math.hypot(...[0, 1, 2, 3].map((j) => centroids[j * 3 + c]!)),
    );
    assertNearAll(lengths, [1, 0, 1], 1e-6);
    const hidden = hiddenOf(network, bag(1));
    assertNearAll(
      [0, 1, 2, 3].map((j) => centroids[j * 3 + 2]!),
      hidden.map((value) => value / Math.hypot(...hidden)),
      1e-6,
    );
  });
});
