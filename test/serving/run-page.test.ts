import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runDistillation } from '../../src/distillation/run-distillation.js';
import { readSnapshot } from '../../src/distillation/dataset.js';
import { trainBundle, type Train } from '../../src/distillation/train-bundle.js';
import { endOfRun } from '../../src/serving/run-end.js';
import { readRunPage } from '../../src/serving/read-run-page.js';
import { writeRunPage } from '../../src/serving/run-page.js';
import { openRunStore } from '../../src/serving/run-store.js';
import type { EvaluationPageJson } from '../../src/http/api-types-evaluation.js';
import { MemoryCapture } from '../fakes/memory-capture.js';
import { runJson } from '../support/api-values.js';
import { captureLines, distillationJob, type LineTraffic } from '../support/distillation-job.js';
import { drawLines, labelledRowOf } from '../support/lines-task.js';
import { seededDraw } from '../support/seeded-draw.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
const goldenRows = drawLines(60, seededDraw(8)).map(labelledRowOf);

/** Makes a run of lines to its end as the gateway does, and writes its page. */
async function ran(traffic: LineTraffic, train: Train = trainBundle) {
  const capture = new MemoryCapture();
  await capture.append(captureLines(traffic, seededDraw(4)));
  const job = distillationJob(directory, { limits: { searchWork: 0 } });
  const { runDir } = job;
  const end = await endOfRun(
    {
      distil: ({ onProgress }) =>
        runDistillation({
          ...{ job, capture, train, goldenRows, onProgress, seedRows: [], draw: seededDraw(1) },
        }),
      register: async () => 'v7-00000007',
      promote: async () => {},
      serving: () => null,
    },
    {
      runDir,
      compressed: null,
      trigger: 'api',
      onProgress: () => {},
      signal: new AbortController().signal,
    },
  );
  const run = { ...runJson({ endedAtMs: 1_700_000_009_000 }), ...end };
  await writeRunPage(runDir, run, { task: 'lines', trainer: 'embedded' });
  const textOf = (file: string): string => readFileSync(join(runDir, 'evaluation', file), 'utf8');
  const content = JSON.parse(textOf('evaluation.json')) as EvaluationPageJson;
  return { run, runDir, page: textOf('evaluation.md'), content, textOf };
}

const plenty = { trainingRows: 300, holdoutRows: 150 };

describe('the page of a run', () => {
  it('is written with all its pictures when the run has ended', async () => {
    const { run, runDir, page, content, textOf } = await ran(plenty);

    assert.equal(run.state, 'promoted');
    assert.deepEqual(readdirSync(join(runDir, 'evaluation')).sort(), [
      ...['calibration.svg', 'confusion.svg', 'evaluation.json', 'evaluation.md'],
      ...['loss.svg', 'risk.svg'],
    ]);
    assert.match(
      page,
      /^# Evaluation of v7-00000007\n\n\*\*Promoted\.\*\* Run run-1 of the task lines/,
    );
    const { student, rows } = content.details!;
    assert.equal(student.version, 'v7-00000007'); // As the registry has named it.
    assert.deepEqual(student.answers!.agreement, run.evaluation!.agreement);
    assert.deepEqual(student.answers!.calibration!.after.error, run.evaluation!.calibrationError);
    assert.equal(student.answers!.accuracy!.rows, rows.golden);
    assert.equal(rows.golden + rows.goldenTrainedOn, 60);
    assert.match(textOf('loss.svg'), /<polyline/);
  });

  it('has losses that fell, of training and of validation rows', async () => {
    const { points } = (await ran(plenty)).content.curve!;

    const looks = points.flatMap(({ validationLoss }) => validationLoss ?? []);
    assert.ok(points.length > 10 && points.length <= 60, `${points.length} points`);
    assert.ok(points.at(-1)!.loss < points[0]!.loss / 2);
    assert.ok(looks.length === 0 || looks.at(-1)! < looks[0]!);
  });

  it('tells the lineage of the snapshot that lies beside it', async () => {
    const { runDir, content } = await ran(plenty);

    const snapshot = await readSnapshot(join(runDir, 'snapshot'));
    assert.deepEqual(content.snapshot, {
      sha256: snapshot.sha256,
      seed: 1,
      teacher: { name: 'lines-teacher', version: 'v0-teacher' },
      trainRows: snapshot.train.length,
      validationRows: snapshot.validation.length,
      timeSpanMs: snapshot.manifest.timeSpanMs,
    });
    assert.equal(content.details!.student.lineage!.snapshotSha256, snapshot.sha256);
  });

  it('says why there is no candidate: too early, or failed in training', async () => {
    const early = await ran({ trainingRows: 30, holdoutRows: 9 });
    const diverged = await ran(plenty, () =>
      Promise.reject(new RangeError('The loss at step 7 is NaN.')),
    );

    assert.match(early.page, /^# Run run-1\n\n\*\*Not trained: .*\n\n- Only 2\d training rows/);
    assert.equal(early.content.snapshot, null);
    assert.match(diverged.page, /\*\*Failed\.\*\* .*\n\n- The loss at step 7 is NaN\.\n/);
    assert.equal(diverged.content.snapshot!.seed, 1); // It had come so far.
  });

  it('says that a program which trains tells no losses', async () => {
    const silent: Train = async (options) => {
      await trainBundle(options);
      return null;
    };

    const { page, content } = await ran(plenty, silent);

    assert.equal(content.curve, null);
    assert.match(page, /## Training\n\nThe trainer is a program of its own/);
    assert.doesNotMatch(page, /loss\.svg/);
  });
});

describe('reading a page', () => {
  const runsDir = join(directory, 'runs');

  async function openStore() {
    mkdirSync(join(runsDir, 'run-1', 'evaluation'), { recursive: true });
    writeFileSync(join(runsDir, 'run-1', 'evaluation', 'evaluation.md'), '# Page\n');
    writeFileSync(join(runsDir, 'run-1', 'run.json'), 'a secret of the folder above');
    const runStore = await openRunStore(join(directory, 'store'), 0);
    const ended = { state: 'rejected' as const, candidateVersion: 'v3-00000003' };
    await runStore.update(runJson({ id: 'run-1', ...ended }));
    await runStore.update(runJson({ id: 'run-2' }));
    return { runsDir, runStore };
  }

  it('goes by run, and by the version that the run has made', async () => {
    const parts = await openStore();

    const ofRun = await readRunPage(parts, { run: 'run-1' }, 'evaluation.md');
    const ofVersion = await readRunPage(parts, { version: 'v3-00000003' }, 'evaluation.md');

    assert.deepEqual([ofRun, ofVersion], ['# Page\n', '# Page\n']);
  });

  it('says why something is not there, and leaves its folder for nothing', async () => {
    const parts = await openStore();
    const of = (owner: Parameters<typeof readRunPage>[1], file: string) =>
      readRunPage(parts, owner, file);

    await assert.rejects(of({ run: 'run-9' }, 'evaluation.md'), /There is no run "run-9"/);
    await assert.rejects(of({ run: 'run-2' }, 'evaluation.md'), /written when the run ends/);
    await assert.rejects(of({ run: 'run-1' }, 'loss.svg'), /has no loss\.svg\. Runs that were/);
    await assert.rejects(of({ run: 'run-1' }, '../run.json'), /no file of that name; there are/);
    await assert.rejects(of({ version: 'v9-00000009' }, 'evaluation.md'), /No run .*"v9-00000009"/);
  });
});
