import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { InvalidBundleError, InvalidModelOutputError, OverloadedError } from '../../src/errors.js';
import { openOnnxStudent, type OnnxStudent } from '../../src/student/onnx-student.js';
import { fakeManifest } from '../support/fake-bundle.js';
import { slowModel, tinyModel } from '../support/tiny-model.js';

/** Closed also when a test fails: an open thread would keep the process up. */
const opened: OnnxStudent[] = [];
after(() => Promise.all(opened.map((student) => student.close())));

async function open(...args: Parameters<typeof openOnnxStudent>): Promise<OnnxStudent> {
  const student = await openOnnxStudent(...args);
  opened.push(student);
  return student;
}

/** A bundle of three pixels and two labels. */
function bundleOf(model: Uint8Array, labels: readonly string[] = ['yes', 'no']) {
  const input = { kind: 'image', width: 3, height: 1, channels: 1 } as const;
  return { manifest: { ...fakeManifest(model), input, labels }, model };
}

describe('an ONNX student', () => {
  it('scores rows in their order, and says which version it is', async () => {
    const student = await open(bundleOf(tinyModel()));

    const logits = await student.predict([Float32Array.of(1, 2, 3), Float32Array.of(0, 0, 0)]);
    await student.close();

    assert.deepEqual(logits, [Float32Array.of(24, 14), Float32Array.of(10, 20)]);
    assert.equal(student.version, 'candidate');
    assert.equal(student.runnerKind, 'inline');
    assert.ok(student.runMs > 0);
  });

  it('runs in a thread of its own when it is slow', async () => {
    const student = await open(bundleOf(slowModel(3000)));
    await student.close();

    assert.equal(student.runnerKind, 'worker');
  });

  it('answers what it was asked before it is closed', async () => {
    const student = await open(bundleOf(tinyModel()));
    const asked = [1, 2, 3].map(() => student.predict([new Float32Array(3)]));

    await Promise.all([student.close(), student.close()]);

    assert.equal((await Promise.all(asked)).length, 3);
  });

  it('refuses rows past its queue', async () => {
    const limits = { runRowsMax: 2, queueRowsMax: 3 };
    const student = await open(bundleOf(tinyModel()), limits);
    const rows = [1, 2, 3, 4].map(() => new Float32Array(3));

    await assert.rejects(student.predict(rows), OverloadedError);
    await student.close();
  });

  it('is refused when it does not load, or has another number of labels', async () => {
    await assert.rejects(open(bundleOf(Buffer.from('weights'))), InvalidBundleError);
    const three = bundleOf(tinyModel(), ['yes', 'no', 'maybe']);
    await assert.rejects(open(three), InvalidModelOutputError);
  });
});
