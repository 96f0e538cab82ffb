import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { writeEncoderBundle } from '../../loadtest/encoder/encoder-bundle.js';
import { tinyEncoder } from '../../loadtest/encoder/encoder-graph.js';
import { loadModel, type LoadedModel } from '../../src/model/loaded-model.js';
import { measureModel } from '../../src/model/measure-model.js';
import type { ModelSource } from '../../src/model/model-runner.js';
import { withoutPairs, type MeasuredModel } from '../../src/model/without-pairs.js';
import type { Graph, Value } from '../../src/onnx/graph.js';
import * as op from '../../src/onnx/operators.js';
import { readBundle } from '../../src/registry/read-bundle.js';
import { exampleInput } from '../../src/task/example-input.js';
import type { Input } from '../../src/task/task.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { modelOf, slowModel, tinySource } from '../support/tiny-model.js';

const directory = temporaryDirectory();
await writeEncoderBundle(directory, { ...tinyEncoder, seed: 1 });
const encoder = { ...(await readBundle(directory)), provider: 'cpu' } as const;

const opened: LoadedModel[] = [];
after(() => Promise.all(opened.map((model) => model.close())));

const examplesOf = ({ manifest }: ModelSource): readonly Input[] =>
  Array.from({ length: 16 }, (_, seed) => exampleInput(manifest.input, { seed }));

async function measured(source: ModelSource, inputs: readonly Input[]): Promise<MeasuredModel> {
  const model = await loadModel(source);
  opened.push(model);
  return { source, model, measurement: await measureModel(model, inputs, 16) };
}

/** Which of the two is quicker is measured: a machine that does other things may err at first. */
async function foundOnAnyTry(
  present: MeasuredModel,
  inputs: readonly Input[],
): Promise<MeasuredModel | null> {
  for (let tries = 0; tries < 20; tries++) {
    const found = await withoutPairs(present, inputs, 16);
    if (found !== null) return found;
  }
  return null;
}

/** As if it rounded otherwise for a row alone, on a processor where it does not. */
const asPaired = ({ measurement, ...rest }: MeasuredModel): MeasuredModel => ({
  ...rest,
  measurement: { ...measurement, rowsMin: 2 },
});

describe('a model whose lone rows run as two', () => {
  it('is replaced by one that has the same bits for them alone', async (test) => {
    const inputs = examplesOf(encoder);
    const present = await measured(encoder, inputs);
    if (present.measurement.rowsMin === 1)
      return void test.skip('this processor has no other kernel for one row');

    const found = await foundOnAnyTry(present, inputs);

    assert.ok(found !== null);
    opened.push(found.model);
    assert.deepEqual([found.measurement.batching, found.measurement.rowsMin], ['exact', 1]);
    const rows = inputs.map((input) => found.model.prepare(input));
    const alike = rows.filter(([ids]) => ids!.dims[0] === rows[0]![0]!.dims[0]);
    const together = await found.model.run(alike);
    const paired = await present.model.run([alike[0]!], 2);
    for (const [index, row] of alike.entries())
      assert.deepEqual((await found.model.run([row]))[0], together[index]);
    for (const [index, score] of together[0]!.entries())
      assert.ok(Math.abs(score - paired[0]![index]!) < 1e-4);
  });

  it('stays what it is when all of its work is on the row itself', async () => {
    const source = tinySource(slowModel(400));
    const inputs = examplesOf(source);
    const present = asPaired(await measured(source, inputs));

    assert.equal(await withoutPairs(present, inputs, 16), null);
  });

  it('stays what it is when there is nothing to compute for two rows', async () => {
    const shift = (graph: Graph, x: Value): Value =>
      op.add(graph, x, graph.constant(Float32Array.of(1, 2, 3), [3]));
    const source = tinySource(modelOf(shift), { labels: ['a', 'b', 'c'] });
    const inputs = examplesOf(source);
    const present = asPaired(await measured(source, inputs));

    assert.equal(await withoutPairs(present, inputs, 16), null);
  });

  it('stays what it is when its file can not be read', async () => {
    const inputs = examplesOf(encoder);
    const { model, measurement } = await measured(encoder, inputs);
    const source = { ...encoder, model: Uint8Array.of(255, 255) };

    assert.equal(await withoutPairs({ source, model, measurement }, inputs, 16), null);
  });
});
