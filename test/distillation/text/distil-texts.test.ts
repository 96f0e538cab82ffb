import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readSnapshot, seedRowOf } from '../../../src/distillation/dataset.js';
import type { RunProgress } from '../../../src/distillation/progress.js';
import { runDistillation } from '../../../src/distillation/run-distillation.js';
import { trainBundle } from '../../../src/distillation/train-bundle.js';
import { writeParquet } from '../../../src/files/parquet-file.js';
import { readBundle } from '../../../src/registry/read-bundle.js';
import { checkBundle } from '../../../src/student/check-bundle.js';
import { readLabelledInputs, type LabelledInput } from '../../../src/task/labelled-inputs.js';
import { decodeText } from '../../../src/task/text-codec.js';
import { MemoryCapture } from '../../fakes/memory-capture.js';
import { distillationJob } from '../../support/distillation-job.js';
import { capturedOrder, drawOrders, ordersTask } from '../../support/orders-task.js';
import { seededDraw } from '../../support/seeded-draw.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const directory = temporaryDirectory();

/** Labelled texts by way of the file that a task file names. */
async function labelledFile(count: number, seed: number): Promise<readonly LabelledInput[]> {
  const path = join(directory, `labelled-${seed}.parquet`);
  const rows = drawOrders(count, seededDraw(seed));
  await writeParquet(path, [
    { name: 'text', type: 'STRING', data: rows.map(({ input }) => decodeText(input)) },
    { name: 'label', type: 'STRING', data: rows.map(({ label }) => ordersTask.labels[label]!) },
  ]);
  return readLabelledInputs(path, ordersTask);
}

async function run() {
  const capture = new MemoryCapture();
  await capture.append(
    drawOrders(450, seededDraw(4)).map((row, index) =>
      capturedOrder(row, index, { isHoldout: index >= 300 }),
    ),
  );
  const progress: RunProgress[] = [];
  const limits = { modelBytesMax: 8_000_000 };
  const job = distillationJob(directory, { task: ordersTask, limits });
  const result = await runDistillation({
    ...{ job, capture, train: trainBundle },
    seedRows: (await labelledFile(20, 3)).map(seedRowOf),
    goldenRows: await labelledFile(60, 8),
    draw: seededDraw(1),
    onProgress: (step) => progress.push(step),
  });
  assert.equal(result.kind, 'judged');
  return { job, result, progress };
}

const first = run();

describe('a distillation run of a text task', () => {
  it('makes a student from labels alone that passes every gate and can be served', async () => {
    const { job, result } = await first;

    const { evaluation, isAccepted, candidateDir } = result;
    assert.equal(isAccepted, true);
    assert.ok(evaluation.agreement.estimate > 0.95, `agreement ${evaluation.agreement.estimate}`);
    const { manifest } = await readBundle(candidateDir);
    const { train } = await readSnapshot(join(job.runDir, 'snapshot'));
    assert.equal(manifest.lineage!.rows, train.length);
    assert.equal(manifest.recorded, 'recorded.json');
    assert.equal(manifest.preprocess.kind, 'hashed-ngrams');
    assert.match(manifest.model.architecture, /^n-grams \d+-\d+-4$/);
    const seeds = train.filter(({ source }) => source === 'seed');
    assert.equal(seeds.length, 20);
    assert.match(decodeText(seeds[0]!.input), /^[a-z ]+, /);
    const report = await checkBundle(candidateDir);
    assert.deepEqual(
      report.findings.filter(({ kind }) => kind === 'problem'),
      [],
    );
  });

  it('makes the same student again', async () => {
    const [one, two] = [await first, await run()];

    const [bundle, again] = await Promise.all(
      [one, two].map(({ result }) => readBundle(result.candidateDir)),
    );
    assert.equal(bundle!.manifest.model.sha256, again!.manifest.model.sha256);
  });

  it('tells how far the training is', async () => {
    const { progress } = await first;

    const training = progress.filter(({ stage }) => stage === 'train');
    assert.ok(training.length > 20, `${training.length} reports`);
    assert.match(training[1]!.message, /^Step \d+ of \d+, \d+ a second, loss \d\.\d{3}/);
    assert.equal(training.at(-1)!.share, 1);
  });
});
