import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { probeModel } from '../../src/onnx/probe-model.js';
import { InferenceSession, Tensor } from '../../src/onnx/runtime.js';
import { sessionOptions, sessionOptionsFor } from '../../src/onnx/session-options.js';

describe('probeModel', () => {
  it('computes on the CPU what it expects of every provider', async () => {
    const { model, input, expected } = probeModel();
    const session = await InferenceSession.create(model, sessionOptionsFor('cpu'));

    const { output } = await session.run({ input: new Tensor('float32', input.data, input.dims) });

    assert.deepEqual(Array.from(output!.data as Float32Array), expected);
    await session.release();
  });
});

describe('sessionOptionsFor', () => {
  it('leaves to the CPU what a provider has no kernel for, and the CPU as it was', () => {
    assert.deepEqual(sessionOptionsFor('cuda'), {
      ...sessionOptions,
      executionProviders: ['cuda', 'cpu'],
    });
    assert.equal(sessionOptionsFor('cpu'), sessionOptions);
  });
});
