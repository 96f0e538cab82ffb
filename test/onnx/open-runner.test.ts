import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InvalidBundleError, InvalidModelOutputError } from '../../src/errors.js';
import { inlineRunMsMax, openRunner } from '../../src/onnx/open-runner.js';
import { slowModel, tinyModel, tinyShape } from '../support/tiny-model.js';

describe('openRunner', () => {
  it('keeps a model of a few microseconds on the event loop', async () => {
    const { runner, runMs } = await openRunner(tinyModel(), tinyShape);
    const output = await runner.run(Float32Array.of(1, 2, 3), 1);
    await runner.close();

    assert.equal(runner.kind, 'inline');
    assert.ok(runMs > 0 && runMs <= inlineRunMsMax, `took ${runMs} ms`);
    assert.deepEqual(output, Float32Array.of(24, 14));
  });

  it('puts a slow model into a thread of its own', async () => {
    // 9 million multiply-adds: over 1 ms on any machine, for the memory alone.
    const { runner, runMs } = await openRunner(slowModel(3000), tinyShape);
    const output = await runner.run(Float32Array.of(1, 2, 3), 1);
    await runner.close();

    assert.equal(runner.kind, 'worker');
    assert.ok(runMs > inlineRunMsMax, `took ${runMs} ms`);
    assert.equal(output.length, 2);
  });

  it('refuses a model that does not load, or gives another shape', async () => {
    await assert.rejects(openRunner(new Uint8Array(9), tinyShape), InvalidBundleError);
    const wrong = { ...tinyShape, outputSize: 5 };
    await assert.rejects(openRunner(tinyModel(), wrong), InvalidModelOutputError);
  });
});
