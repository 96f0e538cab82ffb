import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { InvalidInputError, InvalidModelOutputError } from '../../src/errors.js';
import { loadModel, type LoadedModel } from '../../src/model/loaded-model.js';
import { WrongOutputError } from '../../src/model/read-scores.js';
import { runRows } from '../../src/model/run-rows.js';
import { FakeLoadedModel } from '../fakes/fake-loaded-model.js';
import { pixelInput } from '../support/inputs.js';
import { idsOf, tensorSource } from '../support/tensor-input.js';
import { idsModel } from '../support/typed-model.js';

const opened: LoadedModel[] = [];
after(() => Promise.all(opened.map((model) => model.close())));
async function openIds(): Promise<LoadedModel> {
  const model = await loadModel(tensorSource(idsModel()));
  opened.push(model);
  return model;
}
/** The first pixel and how many there are: whose answer it is. */
const own = (pixels: Float32Array): Float32Array => Float32Array.of(pixels[0]!, pixels.length);

describe('rows that are run together', () => {
  it('share a run, and have their results in order', async () => {
    const model = new FakeLoadedModel((rows) => rows.map(own));

    const results = await runRows(
      model,
      [1, 2, 3].map((x) => pixelInput(x, 0)),
    );

    assert.deepEqual(
      results,
      [1, 2, 3].map((x) => Float32Array.of(x, 2)),
    );
    assert.deepEqual(model.runs, [{ rows: 3, rowsMin: 1 }]);
  });

  it('share it with rows of their own dims only, and are in order all the same', async () => {
    const model = new FakeLoadedModel((rows) => rows.map(own));
    const inputs = [
      pixelInput(1),
      pixelInput(2, 0),
      pixelInput(3),
      pixelInput(4, 0),
      pixelInput(5),
    ];

    const results = await runRows(model, inputs, { rowsMin: 2 });

    assert.deepEqual(results, [
      Float32Array.of(1, 1),
      Float32Array.of(2, 2),
      Float32Array.of(3, 1),
      Float32Array.of(4, 2),
      Float32Array.of(5, 1),
    ]);
    assert.deepEqual(model.runs, [
      { rows: 3, rowsMin: 2 },
      { rows: 2, rowsMin: 2 },
    ]);
  });

  it('do not suffer from one that can not be prepared', async () => {
    const model = new FakeLoadedModel((rows) => rows.map(own));

    const [one, bad, two] = await runRows(model, [pixelInput(1), pixelInput(), pixelInput(2)]);

    assert.ok(bad instanceof InvalidInputError);
    assert.deepEqual([one, two], [Float32Array.of(1, 1), Float32Array.of(2, 1)]);
    assert.deepEqual(model.runs, [{ rows: 2, rowsMin: 1 }]);
  });

  it('run nothing where none can be prepared, and where there are none', async () => {
    const model = new FakeLoadedModel((rows) => rows.map(own));

    const [bad] = await runRows(model, [pixelInput()]);

    assert.ok(bad instanceof InvalidInputError);
    assert.deepEqual(await runRows(model, []), []);
    assert.deepEqual(model.runs, []);
  });

  for (const bad of [0, 6, 15])
    it(`do not suffer from one that makes their run fail, the one at ${bad}`, async () => {
      const failure = new InvalidModelOutputError('The model cannot run.');
      const model = new FakeLoadedModel((rows) => {
        if (rows.some(([pixel]) => pixel === bad)) throw failure;
        return rows.map(own);
      });

      const results = await runRows(
        model,
        Array.from({ length: 16 }, (_, x) => pixelInput(x)),
      );

      results.forEach((result, x) =>
        assert.deepEqual(result, x === bad ? failure : Float32Array.of(x, 1)),
      );
      // 16, then two halves at each of 8, 4, 2 and 1.
      assert.equal(model.runs.length, 1 + 2 * 4);
    });

  for (const [bad, runsMax] of [
    [[63], 13],
    [[0, 63], 23],
    [Array.from({ length: 32 }, (_, k) => 2 * k), 81],
    [Array.from({ length: 64 }, (_, k) => k), 81],
    [[1, 3, 4, 8, 9, 20, 30, 31, 33, 39, 47, 50, 55, 60, 62], 81],
  ] as const)
    it(`cost ${runsMax} runs at most where ${bad.length} of 64 are bad`, async () => {
      const failure = new InvalidModelOutputError('The model cannot run.');
      const isBad = (pixel: number): boolean => (bad as readonly number[]).includes(pixel);
      const model = new FakeLoadedModel((rows) => {
        if (rows.some(([pixel]) => isBad(pixel!))) throw failure;
        return rows.map(own);
      });
      const inputs = Array.from({ length: 64 }, (_, x) => pixelInput(x));

      const results = await runRows(model, inputs);

      assert.deepEqual(
        results,
        inputs.map((_, x) => (isBad(x) ? failure : Float32Array.of(x, 1))),
      );
      assert.ok(model.runs.length <= runsMax, `${model.runs.length} runs`);
    });

  it('all fail where each of them does', async () => {
    const failure = new InvalidModelOutputError('The model cannot run.');
    const model = new FakeLoadedModel(() => {
      throw failure;
    });

    assert.deepEqual(
      await runRows(
        model,
        [1, 2, 3].map((x) => pixelInput(x)),
      ),
      [failure, failure, failure],
    );
  });

  it('are not tried by halves when the output has a wrong form: half may look right', async () => {
    const wrong = new WrongOutputError('The model gave float32 [2,3].');
    const model = new FakeLoadedModel((rows) => {
      if (rows.length === 3) throw wrong;
      return rows.map(own);
    });

    const results = await runRows(
      model,
      [1, 2, 3].map((x) => pixelInput(x)),
    );

    assert.deepEqual(results, [wrong, wrong, wrong]);
    assert.equal(model.runs.length, 1);
  });
});

describe('rows of a real model', () => {
  it('of several lengths get their own scores', async () => {
    const model = await openIds();

    const results = await runRows(model, [idsOf(1), idsOf(1, 2), idsOf(3), idsOf(0, 0, 0)]);

    assert.deepEqual(results, [
      Float32Array.of(10, 0.5),
      Float32Array.of(30, 0.75),
      Float32Array.of(30, 0.125),
      Float32Array.of(0, 3),
    ]);
  });

  it('keep their scores beside one of an id that the model does not know', async () => {
    const model = await openIds();

    const results = await runRows(model, [idsOf(1, 1), idsOf(9, 1), idsOf(2, 1)]);

    assert.deepEqual(results[0], Float32Array.of(20, 1));
    assert.deepEqual(results[2], Float32Array.of(30, 0.75));
    const [, bad] = results;
    assert.ok(bad instanceof InvalidModelOutputError);
    assert.match(bad.message, /^The model cannot run: .*out of data bounds/s);
    assert.equal(bad.details['rows'], 1);
  });

  it('fail alone where their bytes are none of such an input', async () => {
    const model = await openIds();

    const [good, cut] = await runRows(model, [idsOf(2), idsOf(2).subarray(0, 8)]);

    assert.deepEqual(good, Float32Array.of(20, 0.25));
    assert.ok(cut instanceof RangeError);
  });
});
