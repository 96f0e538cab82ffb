import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { repositoryRoot } from '../../../src/files/repository-root.js';
import { continueOnPoints } from '../../support/continue-on-points.js';
import { skipUnless } from '../../support/skip-without.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const python = '/usr/bin/python3';
const hasTorch = spawnSync(python, ['-c', 'import torch']).status === 0;
const skip = skipUnless(hasTorch, { what: 'python3-torch', hint: 'apt-get install python3-torch' });
const directory = temporaryDirectory();
const script = join(repositoryRoot(), 'test/distillation/fixtures/export-classifiers.py');

const continued = (name: string, about: { readonly shape: number[]; readonly kind?: string }) =>
  continueOnPoints(
    join(directory, name),
    readFileSync(join(directory, `${name}.onnx`)),
    { output: { kind: about.kind ?? 'logits' } },
    about.shape,
  );

describe('a student that PyTorch has exported', { skip }, () => {
  before(() => {
    const { status, stderr } = spawnSync(python, ['-B', script, directory], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  });

  it('is trained further: an MLP with batch norm and dropout', async () => {
    const { note, changed } = await continued('mlp', { shape: [4, 4] });

    assert.match(note, /^170 of 186 numbers learn; frozen: 2.running_mean, 2.running_var\.$/);
    assert.equal(changed.length, 6);
  });

  it('is trained further: one of a single score that scales its input itself', async () => {
    const { note, changed } = await continued('binary', { shape: [4, 4], kind: 'probabilities' });

    assert.match(note, /^49 of \d+ numbers learn/);
    assert.equal(changed.length, 4);
  });

  it('is trained further: a CNN with depthwise convolutions, batch norm and ReLU6', async () => {
    const { note, changed } = await continued('cnn', { shape: [1, 4, 4] });

    assert.match(note, /^274 of 322 numbers learn; frozen: stem\.1\.running_mean, /);
    assert.equal(changed.length, 11);
  });

  it('is trained further: a transformer encoder', async () => {
    const { note } = await continued('encoder', { shape: [4, 4] });

    assert.match(note, /^690 of \d+ numbers learn/);
  });

  it('is refused by name: a GRU', async () => {
    await assert.rejects(continued('gru', { shape: [4, 4] }), {
      name: 'UntrainableStudentError',
      message: /^The student can not be trained further: 1 of its \d+ nodes are not covered: GRU/,
    });
  });
});
