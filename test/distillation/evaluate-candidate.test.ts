import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import type { StoredRow } from '../../src/capture/capture.js';
import { mlp } from '../../src/distillation/architecture.js';
import { seedRowOf } from '../../src/distillation/dataset.js';
import { trainStudent, type TrainedStudent } from '../../src/distillation/embedded-trainer.js';
import {
  evaluateCandidate,
  type EvaluateOptions,
} from '../../src/distillation/evaluate-candidate.js';
import type { RunProgress } from '../../src/distillation/progress.js';
import { imageModel } from '../../src/distillation/student-model.js';
import { writeBundle } from '../../src/distillation/write-bundle.js';
import { InvalidBundleError } from '../../src/errors.js';
import { fakeLineage } from '../support/fake-bundle.js';
import { imageInput } from '../support/inputs.js';
import {
  capturedLine,
  drawLines,
  labelledInputOf,
  labelledRowOf,
  linesTask,
} from '../support/lines-task.js';
import { seededDraw } from '../support/seeded-draw.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
const draw = seededDraw(31);
const choosingRows: StoredRow[] = drawLines(90, draw).map((line, k) => ({
  ...capturedLine(line, { id: `h${k}`, isHoldout: true }),
  sequence: k,
  feedback: null,
}));
const goldenRows = drawLines(60, draw).map(labelledRowOf);
/** One label in ten is wrong, so that there is something to calibrate on. */
const validation = drawLines(100, draw).map((line, k) =>
  seedRowOf(labelledInputOf(k % 10 === 0 ? { ...line, label: (line.label + 1) % 3 } : line), k),
);
let student: TrainedStudent;
let bundles = 0;

before(async () => {
  const train = drawLines(150, draw).map(labelledInputOf).map(seedRowOf);
  const onStep = (): void => {};
  const options = { validation: [], seed: 1, shiftPixels: 1, onStep };
  student = await trainStudent({ task: linesTask, train, ...options });
});

/** Writes a bundle; gives its directory. */
async function write(network: TrainedStudent): Promise<string> {
  const dir = join(directory, `bundle-${bundles++}`);
  const licence = { weights: 'Apache-2.0', data: 'CC BY 4.0' };
  const model = imageModel(network, linesTask.input);
  const about = { task: linesTask, temperature: 1, createdAt: '2026-01-02T03:04:05Z' };
  await writeBundle(dir, { ...about, model, lineage: fakeLineage, licence });
  return dir;
}

/** Writes the trained student with its weights changed. */
const bundleOf = (change: (weight: number) => number): Promise<string> =>
  write({ architecture: student.architecture, theta: student.theta.map(change) });

async function evaluated(changes: Partial<EvaluateOptions> & { readonly candidateDir: string }) {
  const progress: RunProgress[] = [];
  const { evaluation, details } = await evaluateCandidate({
    task: linesTask,
    target: { riskMax: 0.1, delta: 0.1 },
    limits: { outOfScopeShare: 0.01, runMsP99Max: 1000, modelBytesMax: 1_000_000 },
    parentBundleDir: null,
    validation,
    choosingRows,
    goldenRows,
    isTrainedOn: goldenRows.map(() => false),
    draw: seededDraw(5),
    onProgress: (step) => progress.push(step),
    ...changes,
  });
  const failed = evaluation.gates.filter(({ isPassed }) => !isPassed).map(({ name }) => name);
  return { evaluation, details, failed, progress };
}

describe('evaluating a candidate', () => {
  it('accepts a good one, measured on holdout and golden rows', async () => {
    const { evaluation, failed } = await evaluated({ candidateDir: await bundleOf((w) => w) });

    assert.deepEqual(failed, []);
    assert.ok(evaluation.agreement.estimate > 0.95);
    assert.equal(evaluation.agreement.rows, 90);
    assert.ok(evaluation.goldenAccuracy > 0.95);
    assert.equal(evaluation.goldenRows, 60);
    assert.ok(evaluation.runMsP99 > 0);
    assert.equal(evaluation.incumbent, null);
  });

  it('rejects one that is worse than the incumbent, and says how good that one is', async () => {
    const [candidateDir, parentBundleDir] = [await bundleOf((w) => -w), await bundleOf((w) => w)];

    const { evaluation, failed } = await evaluated({ candidateDir, parentBundleDir });

    assert.deepEqual(failed, ['coverage', 'agreement', 'golden']);
    assert.match(evaluation.incumbent!.version, /^v0-[0-9a-f]{8}$/);
    assert.ok(evaluation.incumbent!.agreement > 0.95);
    assert.ok(evaluation.agreement.estimate < 0.5);
  });

  it('fits the temperature on validation rows: twice the logits, about twice of it', async () => {
    const temperatureOf = async (factor: number): Promise<number> => {
      // The last layer alone: 3 * 128 weights and 3 biases.
      const last = student.theta.length - 3 * 129;
      let k = 0;
      const candidateDir = await bundleOf((w) => (k++ < last ? w : w * factor));
      return (await evaluated({ candidateDir })).evaluation.temperature;
    };

    const [one, two] = [await temperatureOf(1), await temperatureOf(2)];

    assert.ok(one > 1, `one label in ten is wrong, so it is too sure: ${one}`);
    assert.ok(Math.abs(two / one - 2) < 0.01, `${one} and ${two}`);
  });

  it('rates how sure it is at the fitted temperature, by which coverage may differ', async () => {
    // The logits are the first three pixels.
    const architecture = mlp(16, [], 3);
    const theta = new Float32Array(51).map((_, k) => Number(k < 9 && k % 4 === 0));
    const candidateDir = await write({ architecture, theta });
    const pixels = (...logits: number[]) =>
      imageInput(Float32Array.from({ length: 16 }, (_, k) => logits[k] ?? 0));
    // Of 120 alike rows 118 are right: T = 1 / ln(118 / (2 / 2)) = 0.2096 is the most likely.
    const seen = { ...validation[0]!, input: pixels(1, 0, 0), label: 0 };
    const likely = Array.from({ length: 120 }, (_, k) => ({ ...seen, label: k < 2 ? k + 1 : 0 }));
    // At T = 1 the wrong row is the surest, 0.881 to 0.846; at 0.21 the last, 0.99993 to 0.99998.
    const [wrong, right] = [pixels(2, 0, -9), pixels(3, 0.6, 0.6)].map((input, teacherLabel) => ({
      ...choosingRows[0]!,
      input,
      teacherLabel: 1 - teacherLabel,
    }));

    const { evaluation } = await evaluated({
      candidateDir,
      validation: likely,
      choosingRows: [wrong!, right!, right!, right!, right!],
    });

    assert.ok(Math.abs(evaluation.temperature - 1 / Math.log(118)) < 1e-5);
    assert.equal(evaluation.coverage, 0.8);
  });

  it('routes by the score that orders the validation rows clearly best', async () => {
    // The logits are the first three pixels. Rows of a low level are wrong, whatever their lead:
    // the energy sees the level, the other scores see the lead alone.
    const architecture = mlp(16, [], 3);
    const theta = new Float32Array(51).map((_, k) => Number(k < 9 && k % 4 === 0));
    const candidateDir = await write({ architecture, theta });
    const dice = seededDraw(6);
    const rowsOf = (count: number) =>
      Array.from({ length: count }, () => {
        const [lead, level] = [2 * dice(), 8 * dice()];
        const logits = [level + lead, level, -9];
        const input = imageInput(Float32Array.from({ length: 16 }, (_, k) => logits[k] ?? 0));
        return { input, label: level < 2 ? 1 : 0 };
      });
    const levelled = rowsOf(300).map((row) => ({ ...validation[0]!, ...row }));
    const choosing = rowsOf(90).map(({ input, label }) => ({
      ...choosingRows[0]!,
      input,
      teacherLabel: label,
    }));

    const { evaluation } = await evaluated({
      candidateDir,
      validation: levelled,
      choosingRows: choosing,
    });

    assert.equal(evaluation.score, 'energy');
    const rightShare = evaluation.agreement.estimate;
    assert.ok(evaluation.coverage >= rightShare, 'every right row comes before every wrong one');
  });

  it('routes by the top probability where no other score is clearly better', async () => {
    const { evaluation } = await evaluated({ candidateDir: await bundleOf((w) => w) });

    assert.equal(evaluation.score, 'top-probability');
  });

  it('says how far its probabilities are from the truth, on rows not calibrated on', async () => {
    const candidateDir = await bundleOf((w) => w);

    const { evaluation } = await evaluated({ candidateDir });
    const { evaluation: unjudged } = await evaluated({ candidateDir, choosingRows: [] });

    // Calibrated on rows of which one in ten is wrong, and right on all of these: 10 % too unsure.
    const { equalWidth, equalMass } = evaluation.calibrationError!;
    for (const error of [equalWidth, equalMass])
      assert.ok(error > 0.02 && error < 0.2, `${equalWidth}, ${equalMass}`);
    assert.equal(unjudged.calibrationError, null);
  });

  it('keeps temperature 1 without validation rows', async () => {
    const candidateDir = await bundleOf((w) => w);

    const { evaluation } = await evaluated({ candidateDir, validation: [] });

    assert.equal(evaluation.temperature, 1);
  });

  it('rejects a model that gives NaN, without failing itself', async () => {
    let k = 0;
    const candidateDir = await bundleOf((w) => (k++ === 7 ? NaN : w));
    const parentBundleDir = await bundleOf((w) => w);

    const { evaluation, failed } = await evaluated({ candidateDir, parentBundleDir });

    assert.deepEqual(failed, ['outputs-finite', 'coverage', 'agreement', 'golden']);
    assert.equal(evaluation.temperature, 1);
    assert.equal(evaluation.coverage, 0);
  });

  it('judges time and size by their limits', async () => {
    const limits = { outOfScopeShare: 0.01, runMsP99Max: 1e-6, modelBytesMax: 1024 };

    const { failed } = await evaluated({ candidateDir: await bundleOf((w) => w), limits });

    assert.deepEqual(failed, ['run-time', 'size']);
  });

  it('measures nothing where there is no row to run', async () => {
    const candidateDir = await bundleOf((w) => w);

    const nothing = { validation: [], choosingRows: [], goldenRows: [] };
    const { evaluation, failed } = await evaluated({ candidateDir, ...nothing });

    assert.deepEqual(failed, []);
    assert.equal(evaluation.runMsP99, 0);
  });

  it('tells its stages in their order, and which gates failed', async () => {
    const candidateDir = await bundleOf((w) => w);
    const limits = { outOfScopeShare: 0.01, runMsP99Max: 1000, modelBytesMax: 1024 };

    const { progress } = await evaluated({ candidateDir, limits });

    assert.deepEqual(
      progress.map(({ stage, share, message }) => `${stage} ${share} ${message}`),
      [
        'calibrate 0 Fitting the temperature on 100 rows',
        'evaluate 0 Scoring 90 holdout and 60 golden rows',
        'evaluate 1 Scored candidate and incumbent on the same rows',
        'gate 1 Not passed: size',
      ],
    );
  });

  it('refuses a bundle whose model was changed after it was written', async () => {
    const candidateDir = await bundleOf((w) => w);
    appendFileSync(join(candidateDir, 'model.onnx'), 'x');

    await assert.rejects(evaluated({ candidateDir }), InvalidBundleError);
  });
});
