import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tryLoadModel } from '../../src/model/loaded-model.js';
import { explainLoadFailure } from '../../src/model/explain-load-failure.js';
import * as op from '../../src/onnx/operators.js';
import { onnxFile } from '../support/onnx-file.js';
import { withDataOutside } from '../support/with-data-outside.js';
import { modelOf, tinyModel, tinySource } from '../support/tiny-model.js';

/** What ONNX Runtime itself says of the file, and the advice that goes with it. */
async function problemOf(model: Uint8Array): Promise<string> {
  const { model: loaded, problems } = await tryLoadModel(tinySource(model));
  assert.equal(loaded, null);
  assert.equal(problems.length, 1);
  return problems[0]!;
}

describe('a model that does not load', () => {
  it('is a Git LFS pointer', async () => {
    const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 12\n';

    assert.match(await problemOf(Buffer.from(pointer)), /fetch it with "git lfs pull"\.$/);
  });

  it('is no model, or cut short', async () => {
    const cut = tinyModel().slice(0, 60);

    assert.match(await problemOf(cut), /The file is no ONNX model, or is cut short\.$/);
  });

  it('has an operator that nobody knows', async () => {
    const unknown = modelOf((graph, x) => graph.apply('Enlighten', [x], ['batch', 2]));

    assert.match(await problemOf(unknown), /Enlighten.* export it with standard operators/s);
  });

  it('has an operator of another domain', async () => {
    const custom = onnxFile({
      inputs: [{ name: 'input', dtype: 'float32', shape: ['batch', 3] }],
      outputs: [{ name: 'logits', dtype: 'float32', shape: ['batch', 2] }],
      nodes: [{ op: 'Enlighten', domain: 'ai.onnx.ml', inputs: ['input'], outputs: ['logits'] }],
    });

    assert.match(await problemOf(custom), /export it with standard operators only\.$/);
  });

  it('has its weights in another file', async () => {
    const said = await problemOf(withDataOutside(tinyModel(), 'tiny.onnx.data'));

    assert.match(
      said,
      /The model's weights lie in another file, tiny\.onnx\.data, and a bundle's model is/,
    );
    assert.match(
      said,
      /torch\.onnx\.export\(\.\.\., external_data=False\), or .*onnx\.save_model\(/,
    );
  });

  it('has them in a file that ONNX Runtime would find in the working directory', async () => {
    const model = modelOf((graph, x) =>
      op.matMul(graph, x, graph.constant(new Float32Array(6), [3, 2])),
    );

    assert.match(
      await problemOf(withDataOutside(model, 'package.json')),
      /^The model's weights lie in another file, package\.json, /,
    );
  });

  for (const { reason, advice } of [
    {
      reason: "Error No opset import for domain 'com.acme'",
      advice: /export it with standard operators only/,
    },
    {
      reason: 'Unsupported model IR version: 99, max supported IR version: 13',
      advice: /Export it with IR version 13 and opset 26 at most/,
    },
  ])
    it(`says what to do about: ${reason}`, () => {
      const said = explainLoadFailure(new Error(reason), tinyModel());

      assert.ok(said.startsWith(`ONNX Runtime cannot load the model: ${reason} `));
      assert.match(said, advice);
    });

  it('has no advice where none is known', () => {
    assert.equal(
      explainLoadFailure('Out of memory.', tinyModel()),
      'ONNX Runtime cannot load the model: Out of memory.',
    );
  });
});
