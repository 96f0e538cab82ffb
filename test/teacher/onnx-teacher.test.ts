import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, describe, it } from 'node:test';
import type { Worker } from 'node:worker_threads';
import {
  CancelledError,
  InvalidBundleError,
  OverloadedError,
  TeacherFailedError,
  TeacherTimeoutError,
} from '../../src/errors.js';
import * as op from '../../src/onnx/operators.js';
import { openOnnxTeacher } from '../../src/teacher/onnx-teacher.js';
import type { Input } from '../../src/task/task.js';
import type { Teacher } from '../../src/teacher/teacher.js';
import { assertNearAll } from '../support/assert-near-all.js';
import { pixelInput } from '../support/inputs.js';
import { modelOf, slowModel, tinyBundle, tinyModel } from '../support/tiny-model.js';

/** Closed also when a test fails: an open thread would keep the process up. */
const opened: Teacher[] = [];
after(() => Promise.all(opened.map((teacher) => teacher.close())));

async function open(model: Uint8Array, { timeoutMs = 10_000, temperature = 1 } = {}) {
  const bundle = tinyBundle(model, { calibration: { temperature, score: 'top-probability' } });
  const options = { name: 'big', costPerRowUsd: 0.002, timeoutMs };
  const teacher = await openOnnxTeacher(bundle, options);
  opened.push(teacher);
  return teacher;
}
const row = (): Input => pixelInput(0, 0, 0);

describe('an ONNX teacher', () => {
  it('labels rows in their order, with calibrated probabilities and its price', async () => {
    const teacher = await open(tinyModel(), { temperature: 10 });

    const answers = await teacher.label([pixelInput(1, 2, 3), row()]);
    await teacher.close();

    assert.deepEqual(
      answers.map(({ label, costUsd }) => ({ label, costUsd })),
      [
        { label: 0, costUsd: 0.002 },
        { label: 1, costUsd: 0.002 },
      ],
    );
    // Logits 24, 14 and 10, 20 at temperature 10: 1 / (1 + 1/e) = 0.7310585786300049.
    assertNearAll(answers[0]!.probabilities!, [0.7310585786300049, 0.2689414213699951], 1e-12);
    assertNearAll(answers[1]!.probabilities!, [0.2689414213699951, 0.7310585786300049], 1e-12);
    assert.deepEqual(
      [teacher.name, teacher.version, teacher.costPerRowUsd],
      ['big', 'candidate', 0.002],
    );
  });

  it('times out by its own clock, and says how to give it longer', async () => {
    const teacher = await open(slowModel(2500), { timeoutMs: 1 });

    await assert.rejects(teacher.label(Array.from({ length: 64 }, row)), (error) => {
      assert.ok(error instanceof TeacherTimeoutError);
      assert.equal(error.message, 'No answer from teacher big in 1 ms. Raise its timeoutMs.');
      assert.deepEqual(error.details, { timeoutMs: 1 });
      return true;
    });
    await teacher.close();
  });

  it('stops waiting when its caller gives up', async () => {
    const teacher = await open(slowModel(2500));
    const caller = new AbortController();
    const labelling = teacher.label([row()], caller.signal);

    caller.abort();

    await assert.rejects(labelling, {
      name: 'CancelledError',
      message: /the timeoutMs of this request had passed\. Raise it/,
    });
    await teacher.close();
  });

  it('is not disturbed by a caller who had given up before', async () => {
    const unheard: unknown[] = [];
    const onUnheard = (reason: unknown): number => unheard.push(reason);
    process.on('unhandledRejection', onUnheard);
    const teacher = await open(tinyModel());

    await assert.rejects(teacher.label([row()], AbortSignal.abort()), CancelledError);
    const [answer] = await teacher.label([row()]);
    await teacher.close();
    await new Promise(setImmediate);

    process.off('unhandledRejection', onUnheard);
    assert.equal(answer!.label, 1);
    assert.deepEqual(unheard, []); // Node would end the gateway.
  });

  /** The logarithm of so much less all pixels. */
  const logarithm = (most: number): Uint8Array =>
    modelOf((graph, x) => {
      const sums = op.matMul(graph, x, graph.constant(new Float32Array(6).fill(1), [3, 2]));
      return op.log(graph, op.sub(graph, op.scalar(graph, most), sums));
    });

  it('is refused when its model gives NaN for any image', async () => {
    await assert.rejects(open(logarithm(-1)), (error) => {
      assert.ok(error instanceof InvalidBundleError);
      assert.match(error.message, /values that are not finite: \[NaN, NaN\]/);
      return true;
    });
  });

  it('fails as a teacher when its model gives NaN', async () => {
    const teacher = await open(logarithm(4));

    await assert.rejects(teacher.label([pixelInput(9, 0, 0)]), (error) => {
      assert.ok(error instanceof TeacherFailedError);
      assert.match(error.message, /^Teacher big failed: InvalidModelOutputError: .*not finite/);
      assert.equal(error.isRetryable, false); // The same input would fail again.
      assert.ok(error.cause instanceof Error);
      return true;
    });
    await teacher.close();
  });

  it('fails as a teacher, and at once, when its thread dies; then answers again', async () => {
    const started = once(process, 'worker') as Promise<[Worker]>;
    const teacher = await open(tinyModel());
    const [worker] = await started;
    worker.postMessage(null); // Nothing that the thread knows: it throws.

    await assert.rejects(teacher.label([row()]), (error) => {
      assert.ok(error instanceof TeacherFailedError);
      assert.equal(error.isRetryable, true);
      return true;
    });

    assert.equal((await teacher.label([row()])).length, 1);
    await teacher.close();
  });

  it('says that it is overloaded when too many rows wait', async () => {
    const teacher = await open(tinyModel());
    const rows = Array.from({ length: 2049 }, row);

    await assert.rejects(teacher.label(rows), OverloadedError);
    await teacher.close();
  });

  it('says so at once when those that wait take longer than its timeoutMs', async () => {
    const many = Array.from({ length: 2000 }, row);
    const patient = await open(slowModel(2000), { timeoutMs: 60_000 });
    const startedMs = performance.now();
    await patient.label(many);
    const timeoutMs = Math.ceil((performance.now() - startedMs) / 4);
    const teacher = await open(slowModel(2000), { timeoutMs });
    await teacher.label([row()]); // Now it knows what a row takes.
    const waiting = teacher.label(many);
    const waited = assert.rejects(waiting, TeacherTimeoutError);

    const refused = teacher.label([row()]);

    await assert.rejects(refused, (error) => {
      assert.ok(error instanceof OverloadedError, String(error));
      assert.match(error.message, /an answer would take about \d+ ms/);
      return true;
    });
    await waited;
    await teacher.close();
  });

  it('answers what it was asked before it is closed', async () => {
    const teacher = await open(slowModel(400));
    const labelling = [1, 2, 3].map(() => teacher.label([row()]));

    await teacher.close();

    assert.equal((await Promise.all(labelling)).length, 3);
  });

  it('does not open on a model that does not load', async () => {
    await assert.rejects(open(Buffer.from('weights')), InvalidBundleError);
  });
});
