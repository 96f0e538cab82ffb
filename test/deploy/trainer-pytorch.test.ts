import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import type { CapturedRow } from '../../src/capture/capture.js';
import type { DistillationJob } from '../../src/distillation/distillation-job.js';
import { runDistillation } from '../../src/distillation/run-distillation.js';
import { trainByCommand } from '../../src/distillation/train-by-command.js';
import { repositoryRoot } from '../../src/files/repository-root.js';
import { readBundle } from '../../src/registry/read-bundle.js';
import { MemoryCapture } from '../fakes/memory-capture.js';
import { captureLines, distillationJob } from '../support/distillation-job.js';
import { capturedOrder, drawOrders, ordersTask } from '../support/orders-task.js';
import { seededDraw } from '../support/seeded-draw.js';
import { skipUnless } from '../support/skip-without.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

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

describe('the trainer in PyTorch', { skip }, () => {
  it('makes a student of images that passes every gate, and says how far it is', async () => {
    const rows = captureLines({ trainingRows: 400, holdoutRows: 300 }, seededDraw(4));
    const { isAccepted, evaluation, candidateDir, told } = await run(
      rows,
      distillationJob(directory),
      ['--epochs', '40', '--width', '32', '--batch', '16'],
    );
    const why = evaluation.gates.map(({ reason }) => reason).join(' ');
    assert.equal(isAccepted, true, why);
    assert.ok(evaluation.agreement.estimate > 0.95, `agreement ${evaluation.agreement.estimate}`);
    const { manifest } = await readBundle(candidateDir);
    assert.equal(manifest.model.architecture, 'MLP 16-32-3, PyTorch');
    assert.match(manifest.lineage!.trainer, /train\.py/);
    assert.equal(manifest.recorded, 'recorded.json');
    assert.match(told[0]!, /^Epoch 1 of 40, loss \d/);
  });

  it('makes a transformer of texts, whose words are the same here and there', async () => {
    const rows = drawOrders(500, seededDraw(4)).map((row, index) =>
      capturedOrder(row, index, { isHoldout: index >= 320 }),
    );
    const limits = { modelBytesMax: 8_000_000 };
    const job = distillationJob(directory, { task: ordersTask, limits });
    const { isAccepted, evaluation, candidateDir } = await run(rows, job, [
      ...['--epochs', '25', '--width', '32', '--layers', '1', '--batch', '16', '--rate', '0.003'],
    ]);
    const why = evaluation.gates.map(({ reason }) => reason).join(' ');
    assert.equal(isAccepted, true, why);
    assert.ok(evaluation.agreement.estimate > 0.9, `agreement ${evaluation.agreement.estimate}`);
    const { manifest } = await readBundle(candidateDir);
    assert.equal(manifest.preprocess.kind, 'tokenizer');
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
