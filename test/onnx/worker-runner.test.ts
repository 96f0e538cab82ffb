import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, describe, it } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { InvalidBundleError, InvalidModelOutputError } from '../../src/errors.js';
import type { ModelRunner } from '../../src/onnx/model-runner.js';
import { openModelThread, openWorkerRunner } from '../../src/onnx/worker-runner.js';
import { reopenAfterMs } from '../../src/threads/keep-open.js';
import { slowModel, tinyModel, tinyShape } from '../support/tiny-model.js';

/** Closed also when a test fails: an open thread would keep the process up. */
const opened: ModelRunner[] = [];
after(() => Promise.all(opened.map((runner) => runner.close())));

async function open(model: Uint8Array): Promise<ModelRunner> {
  const runner = await openWorkerRunner(model, tinyShape);
  opened.push(runner);
  return runner;
}

/** The next thread that this process starts. */
async function nextWorker(): Promise<Worker> {
  const [worker] = (await once(process, 'worker')) as [Worker];
  return worker;
}

describe('a model thread that dies', () => {
  it('at its start fails the opening with a clear error', async () => {
    const started = nextWorker();
    const opening = open(tinyModel());
    await (await started).terminate();

    await assert.rejects(opening, (error) => {
      assert.ok(error instanceof InvalidBundleError);
      assert.equal(error.message, 'The thread ended at its start.');
      return true;
    });
  });

  it('with runs in flight fails them all, and the next run opens it again', async () => {
    const started = nextWorker();
    const runner = await open(tinyModel());
    const worker = await started;
    const exited = once(worker, 'exit');
    // It ends by itself. Not by terminate(): ONNX Runtime aborts the process when it is in a run.
    worker.postMessage('close');

    const runs = [1, 2, 3].map(() => runner.run(new Float32Array(3), 1));

    for (const run of runs) await assert.rejects(run, InvalidModelOutputError);
    await exited;
    const input = Float32Array.of(0, 0, 0);
    const again = [runner.run(input, 1), runner.run(input, 1)];
    input.fill(9); // The caller uses its rows again while the thread is being opened.
    for (const run of again) assert.deepEqual(await run, Float32Array.of(10, 20));
    await runner.close();
  });

  it('and can not be opened again tells the runs why, until it can', async () => {
    const first = nextWorker();
    let isBroken = false;
    let nowMs = 0;
    const runner = await openWorkerRunner(tinyModel(), tinyShape, {
      startThread: (data) =>
        openModelThread(isBroken ? { ...data, model: new Uint8Array(0) } : data),
      nowMs: () => nowMs,
    });
    opened.push(runner);
    const worker = await first;
    const exited = once(worker, 'exit');
    worker.postMessage('close');
    await exited;
    isBroken = true;

    await assert.rejects(runner.run(new Float32Array(3), 1), (error) => {
      assert.ok(error instanceof InvalidModelOutputError);
      assert.match(error.message, /has ended, and can not be opened again: .*load the model/);
      assert.ok(error.cause instanceof InvalidBundleError);
      return true;
    });

    isBroken = false;
    nowMs += reopenAfterMs;
    assert.deepEqual(await runner.run(new Float32Array(3), 1), Float32Array.of(10, 20));
    await runner.close();
  });

  it('of an exception tells its message to the runs in flight', async () => {
    const started = nextWorker();
    const runner = await open(slowModel(400));
    const worker = await started;

    worker.postMessage(null); // Nothing that the thread knows: it throws.
    const run = runner.run(new Float32Array(3), 1);

    await assert.rejects(run, (error) => {
      assert.ok(error instanceof InvalidModelOutputError);
      assert.match(error.message, /null/);
      assert.ok(error.cause instanceof TypeError);
      return true;
    });
    await runner.close();
  });

  it('is gone once the runner is closed', async () => {
    const started = nextWorker();
    const runner = await open(tinyModel());
    const worker = await started;

    await runner.close();

    assert.equal(worker.threadId, -1);
  });

  it('leaves the rows of its caller as they were', async () => {
    const runner = await open(tinyModel());
    const input = Float32Array.of(1, 2, 3);

    await runner.run(input, 1);

    assert.deepEqual(input, Float32Array.of(1, 2, 3));
    await runner.close();
  });
});
