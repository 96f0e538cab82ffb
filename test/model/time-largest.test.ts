import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { timeLargest } from '../../src/model/time-largest.js';
import { FakeLoadedModel } from '../fakes/fake-loaded-model.js';
import { pixelInput } from '../support/inputs.js';

const busyMs = (ms: number): void => {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
};

describe('the time of the largest input', () => {
  it('has its preprocessing and its run, filled up as in service', async () => {
    const model = new FakeLoadedModel((rows) => {
      busyMs(3);
      return rows;
    });
    const prepare = model.prepare.bind(model);
    model.prepare = (input) => {
      busyMs(3);
      return prepare(input);
    };

    const ms = await timeLargest(model, pixelInput(1, 2), 2);

    assert.ok(ms! >= 6, `${ms} ms`);
    assert.ok(model.runs.every(({ rows, rowsMin }) => rows === 1 && rowsMin === 2));
  });

  it('is taken once where it is long', async () => {
    const model = new FakeLoadedModel((rows) => {
      busyMs(25);
      return rows;
    });

    const ms = await timeLargest(model, pixelInput(1), 1);

    assert.ok(ms! >= 25, `${ms} ms`);
    assert.equal(model.runs.length, 1);
  });

  it('is none where the model can not take it, or the preprocessing', async () => {
    const model = new FakeLoadedModel(() => {
      throw new Error('The model knows 64 positions.');
    });

    assert.equal(await timeLargest(model, pixelInput(1), 1), null);
    assert.equal(await timeLargest(model, pixelInput(), 1), null);
  });
});
