import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { InvalidBundleError, InvalidModelOutputError, OverloadedError } from '../../src/errors.js';
import { openOnnxStudent, type OnnxStudent } from '../../src/student/onnx-student.js';
import { pixelInput } from '../support/inputs.js';
import { slowModel, tinyBundle, tinyModel } from '../support/tiny-model.js';
import { coupledModel } from '../support/typed-model.js';

/** Closed also when a test fails: an open thread would keep the process up. */
const opened: OnnxStudent[] = [];
after(() => Promise.all(opened.map((student) => student.close())));

async function open(...args: Parameters<typeof openOnnxStudent>): Promise<OnnxStudent> {
  const student = await openOnnxStudent(...args);
  opened.push(student);
  return student;
}

describe('an ONNX student', () => {
  it('scores rows in their order, and says which version it is', async () => {
    const student = await open(tinyBundle(tinyModel()));

    const logits = await student.predict([pixelInput(1, 2, 3), pixelInput(0, 0, 0)]);
    await student.close();

    assert.deepEqual(logits, [Float32Array.of(24, 14), Float32Array.of(10, 20)]);
    assert.equal(student.version, 'candidate');
    assert.ok(student.runMs > 0);
  });

  it('says what its runs cost and how they are made', async () => {
    const student = await open(tinyBundle());

    assert.deepEqual([student.provider, student.batching], ['cpu', 'exact']);
    assert.deepEqual(
      student.curve.map(({ rows }) => rows),
      [1, 2, 4, 8, 16, 32, 64],
    );
    assert.equal(student.runMs, student.curve[0]!.ms);
    assert.ok(student.runRowsMax() >= 1 && student.runRowsMax() <= 64);
    assert.equal(student.queuedRows(), 0);
    const answer = student.predict([pixelInput(0, 0, 0), pixelInput(0, 0, 0)]);
    assert.equal(student.queuedRows(), 2);
    await answer;
    assert.equal(student.queuedRows(), 0);
    await student.close();
  });

  it('runs rows alone that would disturb each other', async () => {
    const student = await open(tinyBundle(coupledModel()));

    const logits = await student.predict([pixelInput(1, 2, 3), pixelInput(9, 9, 9)]);

    assert.equal(student.batching, 'coupled');
    assert.equal(student.runRowsMax(), 1);
    assert.deepEqual(logits, [Float32Array.of(0, 0), Float32Array.of(0, 0)]);
    await student.close();
  });

  it('is refused when its scores are not of the kind that its manifest says', async () => {
    const bundle = tinyBundle(tinyModel(), { output: { kind: 'probabilities' } });
    await assert.rejects(open(bundle), (error) => {
      assert.ok(error instanceof InvalidModelOutputError);
      assert.match(error.message, /are no probabilities.* set output\.kind to logits\.$/);
      return true;
    });
  });

  it('runs in a thread of its own when it is slow', async () => {
    const student = await open(tinyBundle(slowModel(3000)));
    await student.close();

    assert.equal(student.runnerKind, 'worker');
  });

  it('answers what it was asked before it is closed', async () => {
    const student = await open(tinyBundle(tinyModel()));
    const asked = [1, 2, 3].map(() => student.predict([pixelInput(0, 0, 0)]));

    await Promise.all([student.close(), student.close()]);

    assert.equal((await Promise.all(asked)).length, 3);
  });

  it('refuses rows past its queue', async () => {
    const student = await open(tinyBundle(tinyModel()), { queueRowsMax: 3 });
    const rows = [1, 2, 3, 4].map(() => pixelInput(0, 0, 0));

    await assert.rejects(student.predict(rows), OverloadedError);
    await student.close();
  });

  it('is refused when it does not load, or has another number of labels', async () => {
    await assert.rejects(open(tinyBundle(Buffer.from('weights'))), InvalidBundleError);
    const three = tinyBundle(tinyModel(), { labels: ['yes', 'no', 'maybe'] });
    await assert.rejects(open(three), (error) => {
      assert.ok(error instanceof InvalidBundleError);
      assert.match(error.message, /does not hold \[batch, 3\], a score for each of the 3 labels/);
      return true;
    });
  });
});
