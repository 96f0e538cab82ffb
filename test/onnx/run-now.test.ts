import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { probeModel } from '../../src/onnx/probe-model.js';
import { runNow } from '../../src/onnx/run-now.js';
import { InferenceSession, Tensor } from '../../src/onnx/runtime.js';

const textOf = (error: unknown): string => String(error);

describe('a run at once', () => {
  const { model, input, expected } = probeModel();
  const feeds = { input: new Tensor('float32', input.data, input.dims) };
  const unpatched = globalThis.setImmediate;
  let session: InferenceSession;
  before(async () => (session = await InferenceSession.create(model)));
  after(() => session.release());

  it('is done before the event loop takes another turn, as a run by itself is not', async () => {
    const orderOf = async (run: () => Promise<unknown>): Promise<readonly string[]> => {
      const order: string[] = [];
      const turn = new Promise<void>((resolve) =>
        setImmediate(() => {
          order.push('turn');
          resolve();
        }),
      );
      await Promise.all([turn, run().then(() => order.push('run'))]);
      return order;
    };

    assert.deepEqual(await orderOf(() => runNow(session, feeds, ['output'])), ['run', 'turn']);
    assert.deepEqual(await orderOf(() => session.run(feeds)), ['turn', 'run']);
  });

  it('computes what a run by itself does, and leaves the timers as they were', async () => {
    const { output } = await runNow(session, feeds, ['output']);

    assert.deepEqual(Array.from(output!.data as Float32Array), expected);
    assert.equal(globalThis.setImmediate, unpatched);
  });

  it('fails as a run by itself does, and leaves the timers as they were', async () => {
    const wrong = { input: new Tensor('float32', [1, 2, 3], [1, 1, 3]) };

    const failure = await runNow(session, wrong, ['output']).catch(textOf);
    const missing = await runNow(session, {}, ['output']).catch(textOf);

    assert.equal(failure, await session.run(wrong).catch(textOf));
    assert.match(failure as string, /Invalid rank/);
    assert.match(missing as string, /'input' is missing/);
    assert.equal(globalThis.setImmediate, unpatched);
  });
});
