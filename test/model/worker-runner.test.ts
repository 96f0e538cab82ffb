import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, describe, it } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { InvalidBundleError, InvalidModelOutputError } from '../../src/errors.js';
import type { ModelRunner, ModelSource } from '../../src/model/model-runner.js';
import { openModelThread, type ModelThread } from '../../src/model/model-thread.js';
import { openWorkerRunner, type WorkerRunnerOptions } from '../../src/model/worker-runner.js';
import { reopenAfterMs } from '../../src/threads/keep-open.js';
import { pixelInput } from '../support/inputs.js';
import { slowModel, tinyModel, tinySource } from '../support/tiny-model.js';
import { summingModel } from '../support/typed-model.js';

/** Closed also when a test fails: an open thread would keep the process up. */
const opened: ModelRunner[] = [];
after(() => Promise.all(opened.map((runner) => runner.close())));

async function open(model: Uint8Array, options: WorkerRunnerOptions = {}): Promise<ModelRunner> {
  const runner = await openWorkerRunner(tinySource(model), options);
  opened.push(runner);
  return runner;
}

const black = pixelInput(0, 0, 0);
/** What `tinyModel` gives for it. */
const answer = [Float32Array.of(10, 20)];

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
      assert.ok(error instanceof InvalidModelOutputError);
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

    const runs = [1, 2, 3].map(() => runner.run([black]));

    for (const run of runs) await assert.rejects(run, InvalidModelOutputError);
    await exited;
    const input = pixelInput(0, 0, 0);
    const again = [runner.run([input]), runner.run([input])];
    input.fill(9); // The caller uses its rows again while the thread is being opened.
    for (const run of again) assert.deepEqual(await run, answer);
    await runner.close();
  });

  it('and can not be opened again tells the runs why, until it can', async () => {
    const first = nextWorker();
    let isBroken = false;
    let nowMs = 0;
    const runner = await open(tinyModel(), {
      startThread: (source) =>
        openModelThread(isBroken ? { ...source, model: new Uint8Array(0) } : source),
      nowMs: () => nowMs,
    });
    const worker = await first;
    const exited = once(worker, 'exit');
    worker.postMessage('close');
    await exited;
    isBroken = true;

    await assert.rejects(runner.run([black]), (error) => {
      assert.ok(error instanceof InvalidModelOutputError);
      assert.match(error.message, /has ended, and can not be opened again: .*load the model/s);
      assert.ok(error.cause instanceof InvalidBundleError);
      return true;
    });

    isBroken = false;
    nowMs += reopenAfterMs;
    assert.deepEqual(await runner.run([black]), answer);
    await runner.close();
  });

  it('of an exception tells its message to the runs in flight', async () => {
    const started = nextWorker();
    const runner = await open(slowModel(400));
    const worker = await started;

    worker.postMessage(null); // Nothing that the thread knows: it throws.
    const run = runner.run([black]);

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
});

/** Threads that are counted, and may be told not to open. */
function countedThreads(openThread: (opening: number) => Promise<void> | void = () => {}) {
  const threads: ModelThread[] = [];
  let openings = 0;
  const startThread = async (source: ModelSource): Promise<ModelThread> => {
    await openThread(openings++);
    const thread = await openModelThread(source);
    threads.push(thread);
    return thread;
  };
  return { threads, startThread };
}

describe('a worker runner of several lanes', () => {
  it('opens a thread for each, and has them work at the same time', async () => {
    const { threads, startThread } = countedThreads();
    const runner = await open(tinyModel(), { lanes: 3, startThread });
    const asked = new Set<number>();
    threads.forEach((thread, lane) => {
      const call = thread.call.bind(thread);
      thread.call = (...given) => {
        asked.add(lane);
        return call(...given);
      };
    });

    const results = await Promise.all(
      [1, 2, 3, 4, 5, 6].map((x) => runner.run([pixelInput(x, 0, 0)])),
    );

    assert.equal(runner.lanes, 3);
    assert.deepEqual([...asked].sort(), [0, 1, 2]);
    assert.deepEqual(
      results,
      [1, 2, 3, 4, 5, 6].map((x) => [Float32Array.of(x + 10, 20 - x)]),
    );
    await runner.close();
    for (const { failure } of threads) assert.notEqual(failure, undefined);
  });

  it('uses a thread that is open already as its first', async () => {
    const { threads, startThread } = countedThreads();
    const first = await openModelThread(tinySource());

    const runner = await open(tinyModel(), { lanes: 2, first, startThread });

    assert.equal(threads.length, 1);
    assert.deepEqual(await runner.run([black]), answer);
    await runner.close();
    await first.ended; // It was closed with the others.
  });

  it('closes the threads that did open when another one does not', async () => {
    const full = new InvalidBundleError('Out of memory.');
    const { threads, startThread } = countedThreads((opening) => {
      if (opening === 1) throw full;
    });

    await assert.rejects(open(tinyModel(), { lanes: 3, startThread }), full);

    assert.equal(threads.length, 2);
    await Promise.all(threads.map(({ ended }) => ended));
  });

  it('goes on with the others when the thread of one has died', async () => {
    const { threads, startThread } = countedThreads();
    const runner = await open(tinyModel(), { lanes: 2, startThread });
    await threads[0]!.close();

    const results = await Promise.all([1, 2, 3, 4].map(() => runner.run([black])));

    assert.deepEqual(results, [answer, answer, answer, answer]);
    assert.equal(threads.length, 3); // The dead one was opened again.
    await runner.close();
  });

  it('fills short runs up, and gives back only the rows that were asked for', async () => {
    const runner = await open(summingModel(), { rowsMin: 2 });

    const alone = await runner.run([pixelInput(1, 2, 3)]);
    const three = await runner.run([black, black, pixelInput(1, 2, 3)]);

    // 14 and -6, of which each row gets the sum over its run.
    assert.deepEqual(alone, [Float32Array.of(28, -12)]);
    assert.deepEqual(
      three,
      [1, 2, 3].map(() => Float32Array.of(14, -6)),
    );
    await runner.close();
  });
});
