import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InvalidBundleError } from '../../src/errors.js';
import { startModelThread, type ModelThread } from '../../src/model/model-thread.js';
import { createModelThreads } from '../../src/model/model-threads.js';
import { packInputs } from '../../src/model/packed-inputs.js';
import { pixelInput } from '../support/inputs.js';
import { tinyModel, tinySource } from '../support/tiny-model.js';
import { summingModel } from '../support/typed-model.js';

/** Threads whose starts are kept; none outlives its test. */
function counted() {
  const started: ModelThread[] = [];
  const threads = createModelThreads(async () => {
    const thread = await startModelThread();
    started.push(thread);
    return thread;
  });
  return { started, threads };
}

async function scoresOf(thread: ModelThread): Promise<unknown> {
  const inputs = packInputs([pixelInput(0, 0, 0)]);
  const reply = await thread.call({ kind: 'run', inputs, rowsMin: 1 });
  return reply.kind === 'run' && reply.results;
}

const tiny = tinySource(tinyModel());
const tinyScores = [Float32Array.of(10, 20)];
const unusable = { ...tiny, model: new Uint8Array(3) };

describe('the threads of models', () => {
  it('serve the next model when the one before is closed', async () => {
    const { started, threads } = counted();
    const first = await threads.open(tinySource(summingModel()));
    const firstScores = await scoresOf(first);
    await first.close();

    const second = await threads.open(tiny);

    assert.deepEqual(await scoresOf(second), tinyScores);
    assert.notDeepEqual(firstScores, tinyScores);
    assert.equal(started.length, 1);
    await second.close();
    await threads.close();
  });

  it('give a model up before its thread is used again', async () => {
    const { started, threads } = counted();
    const thread = await threads.open(tiny);

    await thread.close();

    await assert.rejects(scoresOf(started[0]!), /No model is loaded/);
    await threads.close();
  });

  it('are not shared by models that are open at one time, and one at most is kept', async () => {
    const { started, threads } = counted();
    const both = [await threads.open(tiny), await threads.open(tiny)];
    for (const thread of both) assert.deepEqual(await scoresOf(thread), tinyScores);

    await Promise.all(both.map((thread) => thread.close()));

    assert.deepEqual(
      started.map(({ failure }) => failure === undefined),
      [true, false],
    );
    await threads.close();
  });

  it('closed twice is kept once', async () => {
    const { started, threads } = counted();
    const thread = await threads.open(tiny);
    await Promise.all([thread.close(), thread.close()]);

    const again = [await threads.open(tiny), await threads.open(tiny)];

    assert.equal(started.length, 2);
    await Promise.all(again.map((one) => one.close()));
    await threads.close();
  });

  it('outlive a model that can not be loaded', async () => {
    const { started, threads } = counted();

    await assert.rejects(threads.open(unusable), InvalidBundleError);
    const thread = await threads.open(tiny);

    assert.deepEqual(await scoresOf(thread), tinyScores);
    assert.equal(started.length, 1);
    await thread.close();
    await threads.close();
  });

  it('are started anew after one that died', async () => {
    const { started, threads } = counted();
    const thread = await threads.open(tiny);
    await thread.close();
    await started[0]!.close();

    const next = await threads.open(tiny);

    assert.deepEqual(await scoresOf(next), tinyScores);
    assert.equal(started.length, 2);
    await next.close();
    await threads.close();
  });

  it('end when all are closed: the one that is kept, and those that are closed later', async () => {
    const { started, threads } = counted();
    const late = await threads.open(tiny);
    await (await threads.open(tiny)).close();

    await threads.close();
    await started[1]!.ended;
    assert.deepEqual(await scoresOf(late), tinyScores);
    await late.close();

    await started[0]!.ended;
  });
});
