import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { InvalidInputError, InvalidModelOutputError } from '../../src/errors.js';
import { loadModel, type LoadedModel } from '../../src/model/loaded-model.js';
import { measureModel } from '../../src/model/measure-model.js';
import type { ModelSource } from '../../src/model/model-runner.js';
import { exampleInput } from '../../src/task/example-input.js';
import { FakeLoadedModel, type RunFunction } from '../fakes/fake-loaded-model.js';
import { pixelInput } from '../support/inputs.js';
import { idsOf, tensorSource } from '../support/tensor-input.js';
import { tinySource } from '../support/tiny-model.js';
import {
  coupledModel,
  idsModel,
  quantisedModel,
  rowKernelSource,
  typedModel,
} from '../support/typed-model.js';

const opened: LoadedModel[] = [];
after(() => Promise.all(opened.map((model) => model.close())));
async function open(source: ModelSource): Promise<LoadedModel> {
  const model = await loadModel(source);
  opened.push(model);
  return model;
}
const examplesOf = ({ manifest }: ModelSource) =>
  Array.from({ length: 8 }, (_, seed) => exampleInput(manifest.input, { seed }));

async function measureReal(source: ModelSource) {
  const examples = examplesOf(source);
  return measureModel(await open(source), examples, 4);
}

const inputs = [1, 2, 3, 4, 5].map((x) => pixelInput(x, 0.5));
const own = ([x, y]: Float32Array): Float32Array => Float32Array.of(x!, y! - x!);
const measured = (run: RunFunction, fixedRows: number | null = null) =>
  measureModel(new FakeLoadedModel(run, fixedRows), inputs, 8);
const busyMs = (ms: number): void => {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
};
/** A share of a score that rounding may make out, and one that it does not. */
const rounded = 1 + 2e-7;
const wrong = 1.01;
const times = (scores: Float32Array, factor: number): Float32Array => scores.map((z) => z * factor);

describe('whether the rows of a run disturb each other is measured:', () => {
  it('they do not, by not a bit', async () => {
    const { batching, rowsMin } = await measured((rows) => rows.map(own));

    assert.deepEqual([batching, rowsMin], ['exact', 1]);
  });

  it('a row alone is rounded otherwise, so that runs are filled up to two', async () => {
    const { batching, rowsMin } = await measured((rows) =>
      rows.map((row) => times(own(row), rows.length === 1 ? rounded : 1)),
    );

    assert.deepEqual([batching, rowsMin], ['exact', 2]);
  });

  it('each number of rows is rounded otherwise', async () => {
    const { batching, rowsMin, curve } = await measured((rows) =>
      rows.map((row) => times(own(row), 1 + rows.length * 1.2e-7)),
    );

    assert.deepEqual([batching, rowsMin], ['rounding', 1]);
    assert.equal(curve.length, 4);
  });

  for (const size of [3, 5, 8])
    it(`runs of ${size} rows are rounded otherwise than all others`, async () => {
      const { batching } = await measured((rows) =>
        rows.map((row) => times(own(row), rows.length === size ? rounded : 1)),
      );

      assert.equal(batching, 'rounding');
    });

  for (const [factor, expected] of [
    [rounded, 'rounding'],
    [wrong, 'coupled'],
  ] as const)
    it(`the largest run alone disturbs a row: ${expected}`, async () => {
      const model = new FakeLoadedModel((rows) =>
        rows.map((row, k) => times(own(row), rows.length === 32 && k === 7 ? factor : 1)),
      );

      const { batching } = await measureModel(model, inputs, 32);

      assert.equal(batching, expected);
    });

  it('they really do', async () => {
    const { batching, rowsMin, curve } = await measured((rows) =>
      rows.map((row) => times(own(row), rows.length > 4 ? wrong : 1)),
    );

    assert.deepEqual([batching, rowsMin], ['coupled', 1]);
    assert.deepEqual(
      curve.map(({ rows }) => rows),
      [1], // A larger run is of no use.
    );
  });

  it('a row alone is no rounding away from a row with others', async () => {
    const { batching } = await measured((rows) =>
      rows.map((row) => times(own(row), rows.length === 1 ? wrong : 1)),
    );

    assert.equal(batching, 'coupled');
  });

  it('one row is answered with the scores of another', async () => {
    const { batching } = await measured((rows) => rows.map((_, k) => own(rows[k ^ 1] ?? rows[k]!)));

    assert.equal(batching, 'coupled');
  });

  it('more than one row can not run', async () => {
    const { batching } = await measured((rows) => {
      if (rows.length > 1) throw new InvalidModelOutputError('The model cannot run: Got 2 rows.');
      return rows.map(own);
    });

    assert.equal(batching, 'single');
  });

  it('runs of one row, as the model was exported, have none to compare', async () => {
    const model = new FakeLoadedModel((rows) => rows.map(own), 1);

    const { batching, rowsMin } = await measureModel(model, inputs, 8);

    assert.deepEqual([batching, rowsMin], ['exact', 1]);
    assert.ok(model.runs.every(({ rows }) => [1, 2, 4, 8].includes(rows)));
  });

  it('only another order disturbs them', async () => {
    const { batching } = await measured((rows) =>
      rows.map((row) => times(own(row), rows[0]![0]! > row[0]! ? wrong : 1)),
    );

    assert.equal(batching, 'coupled');
  });

  it('only rows of another length than the first disturb each other', async () => {
    const model = new FakeLoadedModel((rows) =>
      rows.map((row) => times(own(row), row.length === 3 && rows.length > 1 ? wrong : 1)),
    );
    const longer = [1, 2].map((x) => pixelInput(x, 0.5, 1));

    const { batching } = await measureModel(model, [...inputs, ...longer], 8);

    assert.equal(batching, 'coupled');
  });

  it('rows of another length that do not run at all are left out', async () => {
    const model = new FakeLoadedModel((rows) => {
      if (rows[0]!.length === 3) throw new InvalidModelOutputError('The model cannot run.');
      return rows.map(own);
    });
    const longer = [1, 2].map((x) => pixelInput(x, 0.5, 1));

    const { batching } = await measureModel(model, [...inputs, ...longer], 8);

    assert.equal(batching, 'exact');
  });
});

describe('what a run costs is measured', () => {
  it('for one row and each doubling, up to the largest run', async () => {
    const { curve } = await measured((rows) => rows.map(own));

    assert.deepEqual(
      curve.map(({ rows }) => rows),
      [1, 2, 4, 8],
    );
    for (const { ms } of curve) assert.ok(ms > 0 && ms < 250, `${ms} ms`);
  });

  it('no further than a run that would hold everybody up', async () => {
    const model = new FakeLoadedModel((rows) => {
      if (rows.length >= 2) busyMs(255);
      return rows.map(own);
    }, 64);

    const { curve } = await measureModel(model, inputs, 64);

    assert.deepEqual(
      curve.map(({ rows }) => rows),
      [1, 2],
    );
  });

  it('of what a lone row really costs, where its run is filled up', async () => {
    const model = new FakeLoadedModel((rows) =>
      rows.map((row) => times(own(row), rows.length === 1 ? rounded : 1)),
    );

    const { rowsMin } = await measureModel(model, inputs, 2);

    const lastOfOne = model.runs.findLast(({ rows }) => rows === 1);
    assert.equal(rowsMin, 2);
    assert.equal(lastOfOne!.rowsMin, 2);
  });

  it('with rows of the dims of the first: others would not share its run', async () => {
    const model = new FakeLoadedModel((rows) => {
      assert.equal(new Set(rows.map(({ length }) => length)).size, 1);
      return rows.map(own);
    });

    await measureModel(model, [pixelInput(1, 2), pixelInput(1, 2, 3), pixelInput(3, 4)], 4);

    assert.ok(model.runs.some(({ rows }) => rows === 8));
  });

  it('but not with an input that can not be prepared, or that does not run', async () => {
    const model = new FakeLoadedModel((rows) => rows.map(own));
    await assert.rejects(measureModel(model, [pixelInput()], 4), InvalidInputError);

    const failure = new InvalidModelOutputError('The model cannot run.');
    const broken = new FakeLoadedModel(() => {
      throw failure;
    });
    await assert.rejects(measureModel(broken, inputs, 4), failure);
  });
});

describe('a real model', () => {
  it('of one matrix is exact', async () => {
    const source = tinySource();

    const { batching, rowsMin } = await measureReal(source);

    assert.deepEqual([batching, rowsMin], ['exact', 1]);
  });

  it('that takes the maximum over the batch is coupled', async () => {
    const source = tinySource(coupledModel());

    const { batching, curve } = await measureReal(source);

    assert.equal(batching, 'coupled');
    assert.equal(curve.length, 1);
  });

  for (const batch of [1, 2, 8])
    it(`that takes the maximum over a fixed batch of ${batch} is measured too`, async () => {
      const { batching, curve } = await measureReal(tinySource(coupledModel(batch)));

      assert.equal(batching, batch === 1 ? 'exact' : 'coupled');
      assert.equal(curve.length, batch === 1 ? 3 : 1);
    });

  it('of a fixed batch whose rows do not look at each other is exact', async () => {
    const fixed = typedModel({
      inputs: [{ name: 'input', dtype: 'float32', shape: [4, 3] }],
      weights: Float32Array.of(1, -1, 2, -1, 3, -1),
      classes: 2,
    });

    assert.equal((await measureReal(tinySource(fixed))).batching, 'exact');
  });

  it('that quantises over the batch is not exact, for images', async () => {
    const input = { kind: 'image', width: 32, height: 32, channels: 1 } as const;

    const { batching } = await measureReal(tinySource(quantisedModel(1024), { input }));

    assert.equal(batching, 'coupled');
  });

  for (const shape of [[16], [null]])
    it(`that quantises over the batch is not exact, for floats of [${shape.join()}]`, async () => {
      const tensors = [{ name: 'input', dtype: 'float32', shape } as const];
      const model = quantisedModel(shape[0] ?? null);

      const { batching } = await measureReal(tensorSource(model, { kind: 'tensor', tensors }));

      assert.equal(batching, 'coupled');
    });

  it('of ids is exact, though the inputs have several lengths', async () => {
    const model = await open(tensorSource(idsModel()));

    const ids = [idsOf(1, 2), idsOf(3), idsOf(0, 1)];
    const { batching } = await measureModel(model, ids, 4);

    assert.equal(batching, 'exact');
  });

  it('with a kernel of its own for one row is exact once that is filled up', async () => {
    const source = rowKernelSource();

    const { batching } = await measureReal(source);

    assert.equal(batching, 'exact');
  });
});
