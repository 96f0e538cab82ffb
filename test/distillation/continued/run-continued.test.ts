import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { LabelledRow } from '../../../src/distillation/dataset.js';
import type { DistillationJob } from '../../../src/distillation/distillation-job.js';
import type { RunProgress } from '../../../src/distillation/progress.js';
import { runDistillation, type RunResult } from '../../../src/distillation/run-distillation.js';
import { trainBundle } from '../../../src/distillation/train-bundle.js';
import { decodeModel } from '../../../src/onnx/decoded-model.js';
import { readTensor } from '../../../src/onnx/tensor-proto.js';
import { readBundle } from '../../../src/registry/read-bundle.js';
import { openRegistry } from '../../../src/registry/registry.js';
import { checkBundle } from '../../../src/student/check-bundle.js';
import type { TaskSpec, TensorInput } from '../../../src/task/task.js';
import { encodeTensors } from '../../../src/task/tensor-codec.js';
import { MemoryCapture } from '../../fakes/memory-capture.js';
import {
  linesStudent,
  ordersStudent,
  ringsBinaryStudent,
  ringsStudent,
  ringsTask,
} from '../../support/brought-students.js';
import { capturedRow } from '../../support/captured-row.js';
import { distillationJob } from '../../support/distillation-job.js';
import { writeHandWritten } from '../../support/hand-written.js';
import { drawLines, labelledRowOf, linesTask } from '../../support/lines-task.js';
import { drawOrders, ordersTask } from '../../support/orders-task.js';
import { seededDraw } from '../../support/seeded-draw.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const directory = temporaryDirectory();
const newDirectory = (): string => mkdtempSync(join(directory, 'bundle-'));

/** Points on a plane, labelled by their distance from the origin. */
function drawPoints(count: number, draw: () => number): LabelledRow[] {
  return Array.from({ length: count }, () => {
    const point = Float32Array.of(4 * draw() - 2, 4 * draw() - 2);
    const values = [{ data: point, dims: [2] }];
    const input = encodeTensors(values, ringsTask.input as TensorInput);
    return { input, label: Number(Math.hypot(...point) > 1.6) };
  });
}

interface Setting {
  readonly task: TaskSpec;
  readonly rows: readonly LabelledRow[];
  readonly golden: readonly LabelledRow[];
  readonly bundleDir: string;
  readonly limits?: Partial<DistillationJob['limits']>;
  /** The teacher, of two labels, is sure of its own to nine tenths. */
  readonly isSoft?: boolean;
}

async function run({ task, rows, golden, bundleDir, limits = {}, isSoft = false }: Setting) {
  const capture = new MemoryCapture();
  await capture.append(
    rows.map(({ input, label }, index) =>
      capturedRow({
        id: `row-${index}`,
        task: task.name,
        createdMs: index + 1,
        input,
        inputHash: createHash('sha256').update(input).digest('hex').slice(0, 32),
        isHoldout: index % 3 === 0,
        teacherLabel: label,
        teacherProbabilities: isSoft ? Float64Array.of(0.9 - 0.8 * label, 0.1 + 0.8 * label) : null,
        teacherVersion: 'v0-teacher',
      }),
    ),
  );
  const progress: RunProgress[] = [];
  const job = distillationJob(directory, { task, parentBundleDir: bundleDir, limits });
  const result = await runDistillation({
    ...{ job, capture, train: trainBundle, seedRows: [], goldenRows: golden },
    draw: seededDraw(1),
    onProgress: (step) => progress.push(step),
  });
  return { result, progress };
}

function judged(result: RunResult): Extract<RunResult, { kind: 'judged' }> {
  assert.equal(result.kind, 'judged', JSON.stringify(result));
  return result;
}

function reasonsOf(result: RunResult): readonly string[] {
  assert.equal(result.kind, 'untrainable');
  return result.reasons;
}

const rings = (model: Uint8Array): Setting => ({
  task: ringsTask,
  rows: drawPoints(900, seededDraw(4)),
  golden: drawPoints(60, seededDraw(5)),
  bundleDir: writeHandWritten(newDirectory(), {
    model,
    manifest: {
      labels: ringsTask.labels,
      input: ringsTask.input,
      output: { kind: 'probabilities' },
    },
  }),
});

const lines = (model: Uint8Array): Setting => ({
  task: linesTask,
  rows: drawLines(600, seededDraw(4)).map(labelledRowOf),
  golden: drawLines(60, seededDraw(5)).map(labelledRowOf),
  bundleDir: writeHandWritten(newDirectory(), {
    model,
    manifest: {
      model: { outputName: 'logits', architecture: 'CNN of our own' },
      labels: linesTask.labels,
      input: linesTask.input,
      preprocess: { kind: 'image', width: 4, height: 4, layout: 'nchw', mean: [0.3], std: [0.25] },
    },
  }),
});

/** Initializers by name. */
async function constantsOf(bundleDir: string) {
  const { model } = await readBundle(bundleDir);
  const initializers = decodeModel(model).graph!.initializer;
  return new Map(initializers.map((proto) => [proto.name, readTensor(proto)!.data]));
}

async function changedIn(before: string, after: string): Promise<string[]> {
  const [old, fresh] = [await constantsOf(before), await constantsOf(after)];
  assert.deepEqual([...fresh.keys()], [...old.keys()]);
  return [...old.keys()].filter((name) => old.get(name)!.join() !== fresh.get(name)!.join());
}

describe('a run for a student that somebody has brought', () => {
  let firstRings: string;

  it('trains an MLP over tensors further, whose probabilities come out', async () => {
    const setting = rings(ringsStudent());

    const { result, progress } = await run(setting);
    firstRings = judged(result).candidateDir;

    const { evaluation, candidateDir, isAccepted } = judged(result);
    assert.ok(evaluation.incumbent!.agreement < 0.7, `${evaluation.incumbent!.agreement}`);
    assert.ok(evaluation.agreement.estimate > 0.9, `${evaluation.agreement.estimate}`);
    assert.equal(isAccepted, true, JSON.stringify(evaluation.gates));
    const { manifest } = await readBundle(candidateDir);
    assert.equal(manifest.lineage?.trainer, 'continued');
    assert.equal(manifest.task, 'rings');
    assert.deepEqual(manifest.output, { kind: 'probabilities' });
    // The factor that scales the input is no weight.
    const changed = await changedIn(setting.bundleDir, candidateDir);
    assert.deepEqual(changed, ['w1', 'b1', 'w2', 'b2']);
    const told = progress.filter(({ stage }) => stage === 'train');
    assert.match(
      told[0]!.message,
      /^Trying learning rate 0\.005 \(25 % of the way\)\. Step \d+ of/,
    );
    const shares = told.map(({ share }) => share);
    assert.ok(
      shares.every((share, k) => k === 0 || share >= shares[k - 1]!),
      shares.join(),
    );
    // Rates, then losses at the best of them; this teacher says nothing that two of these hang on.
    const { trials, searchedRows } = evaluation.training!;
    assert.deepEqual(
      trials.slice(0, 4).map(({ settings, share }) => [settings, share]),
      [
        ['learning rate 0.005', 0.25],
        ['learning rate 0.0005', 0.25],
        ['learning rate 0.00005', 0.25],
        ['its own weights, T 2, alpha 0.9', 1],
      ],
    );
    assert.equal(manifest.lineage.searchedRows, searchedRows);
    const { findings } = await checkBundle(candidateDir);
    assert.deepEqual(
      findings.filter(({ kind }) => kind === 'problem'),
      [],
    );
  });

  it('tries losses where the teacher has opinions, and finds what won the next time', async () => {
    const rows = drawPoints(1700, seededDraw(6));
    const setting = { ...rings(ringsStudent()), rows, isSoft: true };
    const { result } = await run(setting);

    const { evaluation, candidateDir } = judged(result);
    const tried = new Set(evaluation.training!.trials.map(({ settings }) => settings));
    assert.deepEqual(
      [...tried].filter((settings) => settings.startsWith('its own weights')),
      ['T 2, alpha 0.9', 'T 2, alpha 0.5', 'T 1, alpha 0.9'].map(
        (loss) => `its own weights, ${loss}`,
      ),
    );
    const { lineage } = (await readBundle(candidateDir)).manifest;
    assert.equal(lineage?.settings, evaluation.training!.settings);
    assert.ok(lineage.searchedRows! > 300, `${lineage.searchedRows}`);

    const again = judged((await run({ ...setting, bundleDir: candidateDir })).result);
    const notes = again.evaluation.training!.notes.join(' ');
    assert.match(notes, /No search: the settings of v0-\w+ were searched with \d+ training rows/);
  });

  it('trains one with a single probability of two labels', async () => {
    const { result } = await run(rings(ringsBinaryStudent()));

    const { evaluation } = judged(result);
    assert.ok(evaluation.incumbent!.agreement < 0.75, `${evaluation.incumbent!.agreement}`);
    assert.ok(evaluation.agreement.estimate > 0.9, `${evaluation.agreement.estimate}`);
  });

  it('trains a CNN over images further, again and again', async () => {
    const setting = lines(linesStudent());

    const { result } = await run(setting);

    const { evaluation, candidateDir, isAccepted } = judged(result);
    assert.ok(evaluation.incumbent!.agreement < 0.7, `${evaluation.incumbent!.agreement}`);
    assert.ok(evaluation.agreement.estimate > 0.9, `${evaluation.agreement.estimate}`);
    assert.equal(isAccepted, true, JSON.stringify(evaluation.gates));
    const [before, after] = await Promise.all([setting.bundleDir, candidateDir].map(readBundle));
    assert.deepEqual(after!.manifest.preprocess, before!.manifest.preprocess);
    const frozen = 'frozen: bn.running_mean, bn.running_var';
    assert.equal(evaluation.training?.notes[1], `379 of 395 numbers learn; ${frozen}.`);
    assert.equal(after!.manifest.model.architecture, 'CNN of our own');
    assert.deepEqual(decodeModel(after!.model).graph!.node, decodeModel(before!.model).graph!.node);
    // Running means and variances are not learnt.
    assert.deepEqual(await changedIn(setting.bundleDir, candidateDir), [
      ...['conv1.weight', 'conv1.bias', 'bn.weight', 'bn.bias', 'conv2.weight'],
      ...['fc.weight', 'fc.bias'],
    ]);

    // What the registry serves is trained further once more.
    const registry = await openRegistry({ dir: join(newDirectory(), 'registry'), now: () => 0 });
    const { temperature } = evaluation;
    const options = { temperature, evaluation, isRejected: false };
    const { version } = await registry.add(candidateDir, options);
    const { dir } = await registry.read(version);
    const more = drawLines(700, seededDraw(6)).map(labelledRowOf);
    const again = await run({ ...setting, rows: more, bundleDir: dir });
    if (again.result.kind === 'too-early')
      assert.match(again.result.reasons[0]!, /very student that serves/);
    else {
      const { manifest } = await readBundle(judged(again.result).candidateDir);
      assert.equal(manifest.lineage?.trainer, 'continued');
      assert.equal(manifest.lineage.parent, version);
    }
  });

  it('trains one over texts of any length', async () => {
    const setting: Setting = {
      task: ordersTask,
      rows: drawOrders(600, seededDraw(4)),
      golden: drawOrders(60, seededDraw(5)),
      bundleDir: writeHandWritten(newDirectory(), {
        model: ordersStudent(512, ordersTask.labels.length),
        manifest: {
          labels: ordersTask.labels,
          input: ordersTask.input,
          preprocess: {
            kind: 'hashed-ngrams',
            buckets: 512,
            form: { kind: 'sparse', ids: 'ids', weights: 'weights' },
          },
        },
      }),
    };

    const { result } = await run(setting);

    const { evaluation, candidateDir } = judged(result);
    const { agreement, incumbent } = evaluation;
    assert.ok(agreement.estimate > incumbent!.agreement + 0.2, JSON.stringify(evaluation));
    assert.deepEqual(await changedIn(setting.bundleDir, candidateDir), [
      ...['table', 'norm.weight', 'norm.bias', 'head'],
    ]);
  });

  it('says which operators are not covered, and ends', async () => {
    const { result } = await run(lines(linesStudent({ lrn: true })));

    assert.deepEqual(reasonsOf(result), [
      'The student can not be trained further: 1 of its 14 nodes are not covered: LRN (l1).',
      'To go on, set distillation.trainer.student to new, for a student of its own making; or ' +
        'bring one that can be trained, which understudy check tells; or have a program of yours ' +
        'train (distillation.trainer.kind: command).',
    ]);
  });

  it('makes a student of its own where the task says so', async () => {
    const setting = lines(linesStudent({ lrn: true }));

    const { result } = await run({
      ...setting,
      limits: { trainer: { kind: 'embedded', student: 'new' } },
    });

    const { evaluation, candidateDir } = judged(result);
    assert.ok(evaluation.agreement.estimate > 0.9);
    assert.equal((await readBundle(candidateDir)).manifest.lineage?.trainer, 'embedded');
  });

  it('may be replaced by a new one of tensors', async () => {
    const { result } = await run({
      ...rings(ringsStudent()),
      limits: { trainer: { kind: 'embedded', student: 'new' } },
    });

    const { evaluation, candidateDir } = judged(result);
    assert.ok(evaluation.agreement.estimate > 0.9);
    assert.match((await readBundle(candidateDir)).manifest.model.architecture, /^MLP 2-/);
  });

  it('may be replaced by a head on an encoder, of tensors too', async () => {
    const encoder = newDirectory();
    writeFileSync(join(encoder, 'model.onnx'), ringsStudent());
    const { result } = await run({
      ...rings(ringsStudent()),
      limits: { trainer: { kind: 'embedded', student: 'auto', encoder } },
    });

    const { candidateDir } = judged(result);
    const { manifest } = await readBundle(candidateDir);
    assert.match(manifest.model.architecture, /^bundle-.* \(frozen\), MLP 2-/);
    assert.deepEqual(manifest.preprocess, { kind: 'tensor' });
  });

  it('is cut short by searchSecondsMax, and says so', async () => {
    const { result } = await run({
      ...rings(ringsStudent()),
      limits: { searchSecondsMax: 1e-6 },
    });

    const { evaluation } = judged(result);
    assert.deepEqual(evaluation.training?.notes, [
      'The student was brought, not made here: its own weights were trained further.',
      '122 of 123 numbers learn; frozen: scale.',
      'Learning rates of 0.005, 0.0005, 0.00005 were tried, a quarter of the way each: ' +
        `${evaluation.training?.notes[2]?.match(/[\d.]+ is used/)?.[0]}.`,
      'No search: a training takes too long for several of them in its time (searchSecondsMax).',
      'The teacher gave a label alone for all training rows: label smoothing of 0.05 stands in ' +
        'for its opinion; temperature and alpha have no say then.',
      'Time cut the training short (searchSecondsMax, 0.000001 s), and the best weights until ' +
        'then were kept: on a faster machine another student may come of the same rows.',
    ]);
  });

  it('gives the same student for the same rows and seed', async () => {
    const { result } = await run(rings(ringsStudent()));

    const shaOf = async (dir: string) => (await readBundle(dir)).manifest.model.sha256;
    assert.equal(await shaOf(judged(result).candidateDir), await shaOf(firstRings));
  });
});
