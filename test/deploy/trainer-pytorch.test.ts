import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import type { CapturedRow } from '../../src/capture/capture.js';
import { writeSnapshot, type DatasetRow } from '../../src/distillation/dataset.js';
import type { DistillationJob } from '../../src/distillation/distillation-job.js';
import { rowLoss } from '../../src/distillation/row-loss.js';
import { runDistillation } from '../../src/distillation/run-distillation.js';
import { targetsOf } from '../../src/distillation/soft-targets.js';
import { studentLoss } from '../../src/distillation/student-loss.js';
import { trainByCommand } from '../../src/distillation/train-by-command.js';
import { repositoryRoot } from '../../src/files/repository-root.js';
import type { RunJson, TaskJson } from '../../src/http/api-types.js';
import { readBundle } from '../../src/registry/read-bundle.js';
import { MemoryCapture } from '../fakes/memory-capture.js';
import { assertNearAll } from '../support/assert-near-all.js';
import { distillationJob } from '../support/distillation-job.js';
import { startGatewayProcess } from '../support/gateway-process.js';
import { ask, predictAll } from '../support/http-client.js';
import { linesTask } from '../support/lines-task.js';
import { capturedOrder, drawOrders, ordersTask } from '../support/orders-task.js';
import { seededDraw } from '../support/seeded-draw.js';
import { skipUnless } from '../support/skip-without.js';
import { writeSquaresFile } from '../support/squares-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const python = '/usr/bin/python3';
const hasTorch = spawnSync(python, ['-c', 'import torch, numpy']).status === 0;
const skip = skipUnless(hasTorch, { what: 'python3-torch', hint: 'apt-get install python3-torch' });
const directory = temporaryDirectory();
const script = join(repositoryRoot(), 'deploy', 'trainer-pytorch', 'train.py');

async function run(rows: readonly CapturedRow[], job: DistillationJob, own: readonly string[]) {
  const capture = new MemoryCapture();
  await capture.append([...rows]);
  const told: string[] = [];
  const result = await runDistillation({
    job: {
      ...job,
      limits: { ...job.limits, trainer: { kind: 'command', command: ['x'] } as never },
    },
    capture,
    train: (options) =>
      trainByCommand({
        ...options,
        command: [python, '-B', script, ...own],
        cwd: directory,
        minutesMax: 10,
      }),
    seedRows: [],
    goldenRows: [],
    draw: seededDraw(1),
    onProgress: ({ stage, message }) => void (stage === 'train' && told.push(message)),
  });
  assert.ok(result.kind === 'judged', JSON.stringify(result));
  return { ...result, told };
}

/** A task whose student takes three of ten squares for what they are not. */
function writeTask(dataDir: string): string {
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(join(dataDir, 'holdout.key'), Buffer.alloc(32, 1)); // Draws the same each time.
  const own = ['--epochs', '15', '--width', '32', '--batch', '16', '--rate', '0.01'];
  return writeSquaresFile(join(directory, 'squares'), {
    student: { cut: 0.8, steepness: 200 },
    policy: { riskMax: 0.15, coldHoldoutRate: 0.4, recoveryHoldoutRate: 0.4 },
    distillation: {
      ...{ trainingRowsMin: 100, choosingRowsMin: 10, runMsP99Max: 1000 },
      trainer: { kind: 'command', command: [python, '-B', script, ...own] },
    },
  });
}

/** Every second one of 8 bits a pixel, the others of floats. */
function drawSquares(count: number, draw: () => number): number[][] {
  return Array.from({ length: count }, (_, k) =>
    Array.from({ length: 4 }, () => (k % 2 === 0 ? Math.round(255 * draw()) / 255 : draw())),
  );
}

async function servedStudent(port: number): Promise<NonNullable<TaskJson['student']>> {
  const { body } = await ask<TaskJson>(port, 'GET', '/v1/tasks/squares');
  return body.student!;
}

async function distil(port: number): Promise<RunJson> {
  const path = '/v1/tasks/squares/distillations';
  let { body: run } = await ask<RunJson>(port, 'POST', path);
  await until('the run has ended', async () => {
    ({ body: run } = await ask<RunJson>(port, 'GET', `${path}/${run.id}`));
    return run.state !== 'running';
  });
  return run;
}

/** Rows of which the teacher has told much, its label, hardly more than that, and no more. */
const lossRows: readonly DatasetRow[] = [
  { label: 0, probabilities: Float64Array.of(0.7, 0.2, 0.1), weight: 1 },
  { label: 1, probabilities: null, weight: 2 },
  { label: 2, probabilities: Float64Array.of(0, 1e-6, 1 - 1e-6), weight: 0.5 },
  { label: 1, probabilities: Float64Array.of(0, 1, 0), weight: 3 },
].map((row, k) => ({ ...row, id: `row-${k}`, input: new Uint8Array(16), source: 'capture' }));

async function writeRows(name: string): Promise<string> {
  const dir = join(directory, name);
  mkdirSync(dir);
  await writeSnapshot(dir, {
    ...{ task: linesTask, teacher: { name: 'a', version: 'v0' }, seed: 1 },
    ...{ shiftPixels: 0, timeSpanMs: null, train: lossRows, validation: lossRows },
  });
  return dir;
}

/** Has `train.py` say its losses, of single rows and of all, where a network gives such scores. */
const lossesByPython = `
import json, sys, types
given = json.load(sys.stdin)
sys.argv = ["train.py", "--snapshot", given["snapshot"], "--out", "none", "--seed", "1"]
import numpy, torch, train
options = train.arguments()
rows = train.read_snapshot(options.snapshot, options.smoothing).train
scores = torch.tensor(given["scores"])
def loss(chosen):
    student = types.SimpleNamespace(tensors=lambda _: (scores[chosen],), network=lambda same: same)
    return train.loss_of(student, rows, numpy.array(chosen), options).item()
every = list(range(len(scores)))
print(json.dumps({"each": [loss([row]) for row in every], "whole": loss(every)}))
`;

const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const trainOn = (snapshot: string) =>
  spawnSync(
    python,
    ['-B', script, '--snapshot', snapshot, '--out', join(directory, 'out'), '--seed', '1'],
    { encoding: 'utf8' },
  );

describe('the trainer in PyTorch', { skip }, () => {
  it('makes a student of images that a gateway promotes by its gates, and serves', async () => {
    const dataDir = join(directory, 'data');
    const gateway = await startGatewayProcess({ dataDir, taskFile: writeTask(dataDir) });
    const { port } = gateway;
    const worse = await servedStudent(port);
    await predictAll(port, 'squares', drawSquares(500, seededDraw(4)));

    const run = await distil(port);
    const student = await servedStudent(port);
    const answers = await predictAll(port, 'squares', drawSquares(50, seededDraw(5)));
    const { output } = await gateway.stop();

    assert.equal(run.state, 'promoted', `${JSON.stringify(run)}\n${output}`);
    const { gates, incumbent, agreement } = run.evaluation!;
    const names = gates.map(({ name }) => name);
    const ofEveryRun = ['outputs-finite', 'coverage', 'agreement', 'golden', 'run-time', 'size'];
    assert.deepEqual(names, ofEveryRun);
    assert.ok(gates.every(({ isPassed }) => isPassed));
    assert.equal(incumbent!.version, worse.version);
    assert.ok(agreement.estimate > 0.9 && incumbent!.agreement < 0.8, JSON.stringify(run));
    assert.notEqual(student.version, worse.version);
    assert.equal(student.version, run.candidateVersion);
    assert.equal(student.architecture, 'MLP 4-32-2, PyTorch');
    const own = answers.filter(({ route }) => route === 'student');
    assert.ok(own.length > 25, `${own.length} of 50 answers are the student's`);
    assert.ok(own.every(({ studentVersion }) => studentVersion === run.candidateVersion));
    const students = join(dataDir, 'tasks', 'squares', 'students');
    const { manifest } = await readBundle(join(students, student.version));
    assert.match(manifest.lineage!.trainer, /train\.py/);
    assert.equal(manifest.lineage!.parent, worse.version);
    assert.equal(manifest.recorded, 'recorded.json');
  });

  it('makes a transformer of texts, whose words are the same here and there', async () => {
    const rows = drawOrders(500, seededDraw(4)).map((row, index) =>
      capturedOrder(row, index, { isHoldout: index >= 320 }),
    );
    const limits = { modelBytesMax: 8_000_000 };
    const job = distillationJob(directory, { task: ordersTask, limits });
    const { isAccepted, evaluation, candidateDir, told } = await run(rows, job, [
      ...['--epochs', '18', '--width', '32', '--layers', '1', '--batch', '16', '--rate', '0.003'],
    ]);
    const why = evaluation.gates.map(({ reason }) => reason).join(' ');
    assert.equal(isAccepted, true, why);
    assert.ok(evaluation.agreement.estimate > 0.9, `agreement ${evaluation.agreement.estimate}`);
    const { manifest } = await readBundle(candidateDir);
    assert.equal(manifest.preprocess.kind, 'tokenizer');
    assert.match(told[0]!, /^Epoch 1 of 18, loss \d/);
  });

  it('has the loss of the embedded trainer, row by row', async () => {
    const snapshot = await writeRows('loss');
    const scores = [
      [2, -1, 0.5],
      [0.3, 0.1, -2],
      [-1, 3, 1],
      [0, 0.7, 4],
    ];
    const expected = lossRows.map((row, k) => {
      const targets = targetsOf(row, 3, studentLoss);
      return rowLoss(Float64Array.from(scores[k]!), { ...targets, ...studentLoss });
    });

    const { stdout, stderr } = spawnSync(python, ['-B', '-c', lossesByPython], {
      ...{ encoding: 'utf8', input: JSON.stringify({ snapshot, scores }) },
      env: { ...process.env, PYTHONPATH: dirname(script) },
    });

    assert.notEqual(stdout, '', stderr);
    const { each, whole } = JSON.parse(stdout) as { each: number[]; whole: number };
    assertNearAll(each, expected, 1e-5);
    const totalWeight = lossRows.reduce((total, { weight }) => total + weight, 0);
    const sum = lossRows.reduce((total, { weight }, k) => total + weight * expected[k]!, 0);
    assertNearAll([whole], [sum / totalWeight], 1e-5);
  });

  it('refuses a snapshot that was changed', async () => {
    const snapshot = await writeRows('changed');
    const path = join(snapshot, 'train.parquet');
    const bytes = readFileSync(path);
    const told = sha256Of(bytes);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(path, bytes);

    const { status, stderr } = trainOn(snapshot);

    assert.equal(status, 1);
    const words = `train.parquet has SHA-256 ${sha256Of(bytes)}, its manifest says ${told}.`;
    assert.ok(stderr.endsWith(`${words}\n`), stderr);
  });

  it('refuses a snapshot of another format, and says when there is none', async () => {
    const snapshot = await writeRows('of-tomorrow');
    const path = join(snapshot, 'manifest.json');
    const manifest = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    writeFileSync(path, JSON.stringify({ ...manifest, format: 'understudy-dataset/2' }));

    const [other, none] = [trainOn(snapshot), trainOn(join(directory, 'none'))];

    assert.deepEqual([other.status, none.status], [1, 1]);
    assert.match(
      other.stderr,
      /^ValueError: .*of-tomorrow has format understudy-dataset\/2, expected .*\/1\.$/m,
    );
    assert.match(none.stderr, /FileNotFoundError: .*none/);
  });
});

describe('its manifests', () => {
  const folder = join(repositoryRoot(), 'deploy', 'trainer-pytorch');

  it('are YAML, and the Job is filled in with the arguments of a run', () => {
    const ray = parse(readFileSync(join(folder, 'ray-job.yaml'), 'utf8')) as { kind: string };
    assert.equal(ray.kind, 'RayJob');
    const words = ['--snapshot', '/data/a "b" & c|d', '--out', '/data/out', '--seed', '1'];
    const { status, stdout, stderr } = spawnSync(
      '/bin/sh',
      [join(folder, 'kubernetes-run.sh'), ...words],
      {
        encoding: 'utf8',
        env: { ...process.env, DRY_RUN: '1', CLAIM: 'understudy-data', SECONDS_MAX: '5400' },
      },
    );
    assert.equal(status, 0, stderr);
    const job = parse(stdout) as {
      kind: string;
      spec: {
        activeDeadlineSeconds: number;
        template: { spec: { containers: { args: string[]; image: string }[] } };
      };
    };
    const [container] = job.spec.template.spec.containers;
    assert.deepEqual([job.kind, container!.image], ['Job', 'understudy-trainer']);
    assert.deepEqual(container!.args, words);
    assert.equal(job.spec.activeDeadlineSeconds, 5400);
  });

  it('are taken away again when the script is told to end', async () => {
    const bin = join(directory, 'bin');
    const calls = join(directory, 'calls');
    mkdirSync(bin);
    // It follows the log for ever, as that of a training is.
    const kubectl = `#!/bin/sh\necho "$*" >> ${calls}\n[ "$1" != logs ] || exec sleep 30\n`;
    writeFileSync(join(bin, 'kubectl'), kubectl, { mode: 0o755 });
    const env = { ...process.env, CLAIM: 'x', PATH: `${bin}:${process.env['PATH']}` };
    const child = spawn('/bin/sh', [join(folder, 'kubernetes-run.sh')], { env, stdio: 'ignore' });
    const ended = once(child, 'exit');
    const called = (what: string): boolean =>
      existsSync(calls) && readFileSync(calls, 'utf8').includes(what);
    await until('the log is followed', () => called('logs -f job/understudy-trainer-'));

    child.kill('SIGTERM'); // It alone: a command in its foreground would not let it hear.

    assert.deepEqual(await ended, [143, null]);
    assert.ok(called('delete job understudy-trainer-'), readFileSync(calls, 'utf8'));
  });
});
