import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { seedRowOf, writeSnapshot, type DatasetRow } from '../../../src/distillation/dataset.js';
import { trainStudent } from '../../../src/distillation/embedded-trainer.js';
import { thetaOf } from '../../../src/distillation/theta-of.js';
import { trainBundle } from '../../../src/distillation/train-bundle.js';
import { readConstants } from '../../../src/onnx/read-constants.js';
import { readBundle } from '../../../src/registry/read-bundle.js';
import type { TaskSpec } from '../../../src/task/task.js';
import { drawLines, labelledInputOf, linesTask } from '../../support/lines-task.js';
import { drawOrders, ordersTask } from '../../support/orders-task.js';
import { seededDraw } from '../../support/seeded-draw.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const directory = temporaryDirectory();
const lines = (count: number, seed: number): DatasetRow[] =>
  drawLines(count, seededDraw(seed)).map(labelledInputOf).map(seedRowOf);
const labelsAlone = (row: DatasetRow): DatasetRow => ({ ...row, probabilities: null });

interface Options {
  readonly workMax: number;
  readonly parentBundleDir?: string;
  readonly task?: TaskSpec;
  readonly train?: readonly DatasetRow[];
  readonly validation?: readonly DatasetRow[];
}

async function train(options: Options) {
  const { workMax, parentBundleDir = null, task = linesTask } = options;
  const { train: rows = lines(300, 10), validation = lines(120, 20) } = options;
  const snapshotDir = mkdtempSync(join(directory, 'run-'));
  const outDir = join(snapshotDir, 'student');
  const teacher = { name: 'teacher', version: 'v0-teacher' };
  const about = { task, teacher, seed: 1, shiftPixels: 1, timeSpanMs: null };
  await writeSnapshot(snapshotDir, { ...about, train: rows, validation });
  const shares: number[] = [];
  const { training } = await trainBundle({
    ...{ snapshotDir, outDir, parentBundleDir, seed: 1, isContinued: false },
    search: { workMax, secondsMax: 3600 },
    onProgress: ({ share }) => shares.push(share),
  });
  const { manifest, model } = await readBundle(outDir);
  return { training, manifest, model, outDir, shares };
}

const searched = train({ workMax: 4 });

describe('training with a search', () => {
  it('gives the same student for the same snapshot, to the last bit', async () => {
    const [one, two] = [await searched, await train({ workMax: 4 })];

    assert.equal(one.manifest.model.sha256, two.manifest.model.sha256);
    const withoutSeconds = ({ training }: typeof one) =>
      training.trials.map(({ seconds, ...trial }) => [trial, typeof seconds]);
    assert.deepEqual(withoutSeconds(one), withoutSeconds(two));
  });

  it('says what it tried, and writes down by which settings it won', async () => {
    const { training, manifest, shares } = await searched;

    const settings = new Set(training.trials.map((trial) => trial.settings));
    assert.ok(settings.size >= 6, [...settings].join());
    assert.equal(training.validationRows, 120);
    assert.equal(training.searchedRows, 300);
    assert.equal(manifest.lineage!.settings, training.settings);
    assert.equal(manifest.lineage!.searchedRows, 300);
    const chosen = training.trials.filter(({ isChosen }) => isChosen);
    assert.deepEqual(
      chosen.map((trial) => [trial.settings, trial.share]),
      [[training.settings, 1]],
    );
    assert.deepEqual(
      shares,
      shares.toSorted((a, b) => a - b),
    );
    assert.ok(shares.at(-1)! <= 1 && shares[0]! >= 0);
  });

  it('gives the student of the usual settings without a budget', async () => {
    const { model, training } = await train({ workMax: 0 });

    const usual = await trainStudent({
      ...{ task: linesTask, train: lines(300, 10), validation: lines(120, 20) },
      ...{ seed: 1, shiftPixels: 1, onStep: () => {} },
    });
    assert.deepEqual(thetaOf(readConstants(model), usual.architecture), usual.theta);
    assert.equal(training.trials.length, 1);
    assert.equal(training.searchedRows, null);
  });

  it('goes on with the settings that won, and from the weights that serve', async () => {
    const { outDir, training } = await searched;

    const again = await train({ workMax: 4, parentBundleDir: outDir });
    const grown = await train({ workMax: 4, parentBundleDir: outDir, train: lines(600, 11) });

    assert.deepEqual(
      again.training.trials.map(({ settings }) => settings),
      [training.settings],
    );
    assert.equal(again.training.searchedRows, 300);
    const warm = grown.training.trials.filter(({ settings }) => settings.endsWith('incumbent'));
    assert.equal(warm.length, 1);
    assert.ok(warm[0]!.agreement! > 0.9, `${warm[0]!.agreement}`);
    assert.equal(grown.training.searchedRows, 600);
  });

  it('takes a teacher that gives labels alone, and says what stands in', async () => {
    const { training } = await train({
      ...{ workMax: 4, train: lines(300, 10).map(labelsAlone) },
      validation: lines(120, 20).map(labelsAlone),
    });

    assert.match(training.notes.join(), /label alone for all training rows: label smoothing/);
    assert.ok(training.trials.every(({ settings }) => settings.includes('T 2, alpha 0.9')));
    const chosen = training.trials.find(({ isChosen }) => isChosen)!;
    assert.ok(chosen.agreement! > 0.9, `${chosen.agreement}`);
  });

  it('searches for students of texts, and goes on from one', async () => {
    const orders = (count: number, seed: number) =>
      drawOrders(count, seededDraw(seed)).map(seedRowOf);
    const about = { task: ordersTask, workMax: 4, validation: orders(110, 2) };

    const one = await train({ ...about, train: orders(120, 1) });
    const two = await train({ ...about, train: orders(240, 3), parentBundleDir: one.outDir });

    assert.match(one.training.trials[0]!.settings, /^3 networks of 64, rate 1, /);
    assert.equal(one.training.searchedRows, 120);
    assert.ok(two.training.trials.some(({ settings }) => settings.endsWith('from the incumbent')));
    assert.match(two.manifest.model.architecture, /^n-grams/);
  });
});
