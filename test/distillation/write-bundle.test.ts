import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { mlp, parameterCountOf } from '../../src/distillation/architecture.js';
import { imageModel } from '../../src/distillation/student-model.js';
import { writeBundle, type BundleContent } from '../../src/distillation/write-bundle.js';
import { openInlineRunner } from '../../src/model/inline-runner.js';
import { readBundle } from '../../src/registry/read-bundle.js';
import { fakeLineage } from '../support/fake-bundle.js';
import { imageInput } from '../support/inputs.js';
import { linesTask } from '../support/lines-task.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
const architecture = mlp(16, [4], 3);
const theta = new Float32Array(parameterCountOf(architecture)).fill(0.5);
const modelOf = (weights: Float32Array) =>
  imageModel({ architecture, theta: weights }, linesTask.input);
const licence = { weights: 'Apache-2.0', data: 'CC BY 4.0' };
const content: BundleContent = {
  task: linesTask,
  model: modelOf(theta),
  temperature: 1.5,
  createdAt: '2026-01-02T03:04:05.000Z',
  lineage: fakeLineage,
  licence,
};

describe('writing a bundle', () => {
  it('makes a directory that reads back whole and runs', async () => {
    const dir = join(directory, 'made', 'here');

    const manifest = await writeBundle(dir, content);

    const bundle = await readBundle(dir);
    assert.deepEqual(bundle.manifest, manifest);
    const runner = await openInlineRunner({ ...bundle, provider: 'cpu' });
    const logits = await runner.run([imageInput(new Float32Array(16).fill(1))]);
    await runner.close();
    // Every weight and bias is 0.5: hidden 16 * 0.5 + 0.5 = 8.5, logits 4 * 8.5 * 0.5 + 0.5.
    assert.deepEqual(logits, [Float32Array.of(17.5, 17.5, 17.5)]);
  });

  it('says in its manifest what the model is and where it comes from', async () => {
    const dir = join(directory, 'about');

    const manifest = await writeBundle(dir, content);

    const model = readFileSync(join(dir, 'model.onnx'));
    const sha256 = createHash('sha256').update(model).digest('hex');
    assert.deepEqual(manifest, {
      format: 'understudy-bundle/1',
      version: `v0-${sha256.slice(0, 8)}`,
      task: 'lines',
      createdAt: '2026-01-02T03:04:05.000Z',
      model: {
        file: 'model.onnx',
        sha256,
        bytes: model.length,
        inputName: 'input',
        outputName: 'logits',
        parameters: 16 * 4 + 4 + 4 * 3 + 3,
        multiplyAdds: 16 * 4 + 4 * 3,
        architecture: 'MLP 16-4-3',
      },
      labels: ['flat', 'upright', 'slanted'],
      input: linesTask.input,
      preprocess: {
        kind: 'image',
        width: 4,
        height: 4,
        resize: 'bilinear',
        layout: 'flat',
        channelOrder: 'rgb',
        scale: 1,
        mean: [0],
        std: [1],
      },
      output: { kind: 'logits' },
      files: [],
      recorded: null,
      calibration: { temperature: 1.5, score: 'top-probability' },
      lineage: fakeLineage,
      licence,
    });
  });

  it('gives the same weights the same name, and others another', async () => {
    const versionOf = async (name: string, weights: Float32Array): Promise<string> =>
      (await writeBundle(join(directory, name), { ...content, model: modelOf(weights) })).version;

    const one = await versionOf('one', theta);

    assert.equal(await versionOf('two', theta), one);
    assert.notEqual(await versionOf('three', theta.with(7, 0.25)), one);
  });
});
