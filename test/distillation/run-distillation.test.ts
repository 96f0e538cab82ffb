import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { compressBundle } from '../../src/distillation/compress/compress-bundle.js';
import { readSnapshot, seedRowOf } from '../../src/distillation/dataset.js';
import type { DistillationJob } from '../../src/distillation/distillation-job.js';
import { holdoutUseOf } from '../../src/distillation/holdout-use.js';
import type { RunProgress } from '../../src/distillation/progress.js';
import { runDistillation, type RunResult } from '../../src/distillation/run-distillation.js';
import { trainBundle, type Train } from '../../src/distillation/train-bundle.js';
import { readBundle } from '../../src/registry/read-bundle.js';
import { openRegistry, type Registry } from '../../src/registry/registry.js';
import { MemoryCapture } from '../fakes/memory-capture.js';
import { captureLines, distillationJob, type LineTraffic } from '../support/distillation-job.js';
import { drawLines, labelledInputOf, labelledRowOf } from '../support/lines-task.js';
import { seededDraw } from '../support/seeded-draw.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
const goldenRows = drawLines(60, seededDraw(8)).map(labelledRowOf);
let registries = 0;

const openNewRegistry = (): Promise<Registry> =>
  openRegistry({ dir: join(directory, `registry-${registries++}`), now: () => 0 });

async function run(options: {
  readonly traffic: LineTraffic;
  readonly job?: Partial<
    Pick<DistillationJob, 'parentBundleDir' | 'startBundleDir' | 'evidenceAfterMs'>
  >;
  readonly train?: Train;
  readonly seedRows?: number;
}) {
  const capture = new MemoryCapture();
  await capture.append(captureLines(options.traffic, seededDraw(4)));
  const job = distillationJob(directory, options.job);
  const progress: RunProgress[] = [];
  const result = await runDistillation({
    job,
    capture,
    train: options.train ?? trainBundle,
    seedRows: drawLines(options.seedRows ?? 0, seededDraw(3))
      .map(labelledInputOf)
      .map(seedRowOf),
    goldenRows,
    draw: seededDraw(1),
    onProgress: (step) => progress.push(step),
  });
  return { capture, job, result, progress };
}

function judged(result: RunResult): Extract<RunResult, { kind: 'judged' }> {
  assert.equal(result.kind, 'judged');
  return result;
}

/** What the gateway does with a judged candidate. */
async function register(registry: Registry, result: RunResult): Promise<string> {
  const { candidateDir, evaluation, isAccepted } = judged(result);
  const { temperature } = evaluation;
  const options = { temperature, evaluation, isRejected: !isAccepted };
  return (await registry.add(candidateDir, options)).version;
}

const plenty = { trainingRows: 300, holdoutRows: 150 };
const notCalled: Train = () => Promise.reject(new Error('not implemented'));

describe('a distillation run', () => {
  it('makes a first student, which the registry takes and promotes', async () => {
    const registry = await openNewRegistry();

    const { result, job } = await run({ traffic: plenty, seedRows: 20 });

    const { evaluation, isAccepted } = judged(result);
    assert.equal(isAccepted, true);
    assert.ok(evaluation.agreement.estimate > 0.95, `agreement ${evaluation.agreement.estimate}`);
    const version = await register(registry, result);
    assert.equal((await registry.promote(version)).state, 'serving');
    const { lineage, calibration } = (await registry.read(version)).manifest;
    const snapshot = await readSnapshot(join(job.runDir, 'snapshot'));
    assert.equal(lineage!.snapshotSha256, snapshot.sha256);
    assert.equal(lineage!.rows, snapshot.train.length);
    assert.equal(lineage!.teacherVersion, 'v0-teacher');
    assert.equal(lineage!.parent, null);
    assert.equal(calibration.temperature, evaluation.temperature);
  });

  it('rejects a student that learnt wrong labels, beside a good incumbent', async () => {
    const registry = await openNewRegistry();
    const first = await run({ traffic: plenty });
    const incumbent = await register(registry, first.result);
    await registry.promote(incumbent);

    const { result } = await run({
      traffic: { ...plenty, mislabel: (label) => (label + 1) % 3 },
      job: { parentBundleDir: (await registry.read(incumbent)).dir },
    });

    const { evaluation, isAccepted, candidateDir } = judged(result);
    assert.equal(isAccepted, false);
    const failed = evaluation.gates.filter(({ isPassed }) => !isPassed);
    assert.deepEqual(
      failed.map(({ name }) => name),
      ['coverage', 'agreement', 'golden'],
    );
    assert.equal(evaluation.incumbent?.version, incumbent);
    assert.equal((await readBundle(candidateDir)).manifest.lineage!.parent, incumbent);
    const rejected = await register(registry, result);
    await assert.rejects(registry.promote(rejected), /was rejected .*worse beyond chance/);
    assert.equal(registry.serving()?.version, incumbent);
  });

  it('has nothing to promote when the rows teach the very student that serves', async () => {
    const { result } = await run({ traffic: plenty });
    const { candidateDir } = judged(result);
    const { version } = (await readBundle(candidateDir)).manifest;

    const again = await run({ traffic: plenty, job: { parentBundleDir: candidateDir } });

    assert.equal(again.result.kind, 'too-early');
    assert.match(again.result.reasons[0]!, new RegExp(`very student that serves, ${version}`));
  });

  it('trains nobody of rows that taught the one that serves, unless a person asks', async () => {
    const { result } = await run({ traffic: plenty });
    const { candidateDir } = judged(result);
    const { version } = (await readBundle(candidateDir)).manifest;
    const job = { parentBundleDir: candidateDir, isByItself: true };

    const idle = await run({ traffic: plenty, job, train: notCalled });
    const fresh = await run({ traffic: plenty, job, seedRows: 1 });

    assert.equal(idle.result.kind, 'too-early');
    assert.match(idle.result.reasons[0]!, new RegExp(`No row has come that ${version}, which`));
    assert.equal(fresh.result.kind, 'judged');
  });

  it('starts from the floats that a student in 8 bits was made of', async () => {
    const { result } = await run({ traffic: plenty });
    const { candidateDir } = judged(result);
    const smallDir = join(directory, 'in-8-bits');
    await compressBundle(candidateDir, smallDir);

    const again = await run({
      traffic: plenty,
      job: { parentBundleDir: smallDir, startBundleDir: candidateDir },
    });

    // Without new rows it makes those floats again, and does not put them in the place of bytes.
    const { version } = (await readBundle(candidateDir)).manifest;
    assert.equal(again.result.kind, 'too-early');
    assert.match(again.result.reasons[0]!, new RegExp(`very student that serves, ${version}`));
  });

  it('accepts a student as good as the incumbent', async () => {
    const { result } = await run({ traffic: plenty });

    const again = await run({
      traffic: plenty,
      seedRows: 1, // Another dataset, hence another model.
      job: { parentBundleDir: judged(result).candidateDir },
    });

    assert.equal(judged(again.result).isAccepted, true);
    assert.equal(judged(again.result).evaluation.incumbent?.agreement, 1);
  });

  it('says what is missing when there are too few rows, and trains nothing', async () => {
    const { result, job } = await run({
      traffic: { trainingRows: 30, holdoutRows: 9 },
      train: notCalled,
    });

    assert.equal(result.kind, 'too-early');
    const [training, choosing] = result.reasons;
    assert.match(training!, /^Only 2\d training rows, a run needs 50: send more traffic\.$/);
    assert.match(choosing!, /^Only \d holdout rows are there to choose by .* a run needs 20: /);
    await assert.rejects(readSnapshot(join(job.runDir, 'snapshot')), { code: 'ENOENT' });
  });

  it('counts seed rows among the training rows', async () => {
    const traffic = { trainingRows: 30, holdoutRows: 150 };

    const short = await run({ traffic, train: notCalled });
    const filled = await run({ traffic, seedRows: 30 });

    assert.equal(short.result.kind, 'too-early');
    assert.equal(short.result.reasons.length, 1);
    assert.equal(filled.result.kind, 'judged');
  });

  it('judges by holdout rows meant for it, newer than the last alarm, each once', async () => {
    const traffic = { trainingRows: 100, holdoutRows: 300 };
    const evidenceAfterMs = 200; // Rows 101 to 200 of the holdout ones are older.

    const { capture, result } = await run({ traffic, job: { evidenceAfterMs } });

    const choosing = capture.rows
      .filter(({ isHoldout, createdMs }) => isHoldout && createdMs > evidenceAfterMs)
      .filter(({ inputHash }) => holdoutUseOf(inputHash) === 'choose');
    const { rows } = judged(result).evaluation.agreement;
    assert.equal(rows, new Set(choosing.map(({ inputHash }) => inputHash)).size);
    assert.ok(rows > 30 && rows < 110, `${rows} rows`);
  });

  it('takes the newest label of a holdout input that came more than once', async () => {
    const capture = new MemoryCapture();
    const rows = captureLines(plenty, seededDraw(4));
    const older = rows
      .filter(({ isHoldout }) => isHoldout)
      .map((row) => ({ ...row, id: `old-${row.id}`, teacherLabel: (row.teacherLabel + 1) % 3 }));
    await capture.append([...older, ...rows]); // Every holdout input once wrong, then right.

    const job = distillationJob(directory);
    const result = await runDistillation({
      ...{ job, capture, train: trainBundle, seedRows: [], goldenRows },
      draw: seededDraw(1),
      onProgress: () => {},
    });

    const { agreement } = judged(result).evaluation;
    assert.ok(agreement.estimate > 0.95, `agreement ${agreement.estimate}`);
  });

  it('puts no holdout row into the snapshot', async () => {
    const { capture, job } = await run({ traffic: plenty });

    const { train, validation } = await readSnapshot(join(job.runDir, 'snapshot'));
    const holdout = new Set(capture.rows.flatMap(({ id, isHoldout }) => (isHoldout ? [id] : [])));
    const learnt = [...train, ...validation];
    assert.ok(learnt.length > 200 && validation.length > 10);
    assert.ok(learnt.every(({ id }) => !holdout.has(id)));
  });

  it('tells its stages in order, its share rising within each', async () => {
    const { progress } = await run({ traffic: plenty });

    const stages = [...new Set(progress.map(({ stage }) => stage))];
    assert.deepEqual(stages, ['snapshot', 'train', 'calibrate', 'evaluate', 'gate']);
    for (const stage of stages) {
      const shares = progress.filter((step) => step.stage === stage).map(({ share }) => share);
      assert.deepEqual(
        shares,
        shares.toSorted((a, b) => a - b),
      );
      assert.ok(shares.every((share) => share >= 0 && share <= 1));
    }
    const training = progress.filter(({ stage }) => stage === 'train');
    assert.ok(training.length >= 90 && training.length <= 110, `${training.length} reports`);
    assert.match(training[1]!.message, /^Step 5 of 400, \d+ a second, loss \d\.\d{3}$/);
    assert.equal(training.at(-1)!.share, 1);
    assert.equal(training.at(-1)!.remainingMs, 0);
  });

  it('fails with the words of its trainer', async () => {
    const diverge: Train = () => Promise.reject(new RangeError('The loss at step 7 is NaN.'));

    await assert.rejects(run({ traffic: plenty, train: diverge }), {
      message: 'The loss at step 7 is NaN.',
    });
  });

  it('fails when its trainer wrote no bundle', async () => {
    await assert.rejects(run({ traffic: plenty, train: () => Promise.resolve(null) }), {
      name: 'InvalidBundleError',
    });
  });
});
