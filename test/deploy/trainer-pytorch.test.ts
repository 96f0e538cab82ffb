import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import type { CapturedRow } from '../../src/capture/capture.js';
import type { DistillationJob } from '../../src/distillation/distillation-job.js';
import { runDistillation } from '../../src/distillation/run-distillation.js';
import { trainByCommand } from '../../src/distillation/train-by-command.js';
import { repositoryRoot } from '../../src/files/repository-root.js';
import type { RunJson, TaskJson } from '../../src/http/api-types.js';
import { readBundle } from '../../src/registry/read-bundle.js';
import { MemoryCapture } from '../fakes/memory-capture.js';
import { distillationJob } from '../support/distillation-job.js';
import { startGatewayProcess } from '../support/gateway-process.js';
import { ask, predictAll } from '../support/http-client.js';
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

  it('says what is wrong with a snapshot that was changed', () => {
    const none = join(directory, 'none');
    const { status, stderr } = spawnSync(
      python,
      [script, '--snapshot', none, '--out', join(directory, 'out'), '--seed', '1'],
      { encoding: 'utf8' },
    );
    assert.equal(status, 1);
    assert.match(stderr, /FileNotFoundError: .*none/);
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
      { encoding: 'utf8', env: { ...process.env, DRY_RUN: '1', CLAIM: 'understudy-data' } },
    );
    assert.equal(status, 0, stderr);
    const job = parse(stdout) as {
      kind: string;
      spec: { template: { spec: { containers: { args: string[]; image: string }[] } } };
    };
    const [container] = job.spec.template.spec.containers;
    assert.deepEqual([job.kind, container!.image], ['Job', 'understudy-trainer']);
    assert.deepEqual(container!.args, words);
  });
});
