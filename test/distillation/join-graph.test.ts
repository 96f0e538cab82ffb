import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { joinGraph } from '../../src/distillation/join-graph.js';
import { Graph } from '../../src/onnx/graph.js';
import { decodeModel, type OnnxModel } from '../../src/onnx/decoded-model.js';
import * as op from '../../src/onnx/operators.js';
import { InferenceSession, Tensor } from '../../src/onnx/runtime.js';
import { onnxFile } from '../support/onnx-file.js';

/** Twice x, under names that the graph behind it has too. */
const doubling = (opset: number): OnnxModel =>
  decodeModel(
    onnxFile({
      opset,
      inputs: [{ name: 'x', dtype: 'float32', shape: ['n', 2] }],
      outputs: [{ name: 'head/y', dtype: 'float32', shape: ['n', 2] }],
      constants: [{ name: 'constant_0', data: Float32Array.of(2), shape: [1] }],
      nodes: [{ op: 'Mul', inputs: ['x', 'constant_0'], outputs: ['head/y'] }],
    }),
  );

async function run(model: OnnxModel, output: string): Promise<number[]> {
  const session = await InferenceSession.create(toBinary(ModelProtoSchema, model));
  const x = new Tensor('float32', Float32Array.of(1, 2, 3, 4), [2, 2]);
  const results = await session.run({ x });
  await session.release();
  assert.deepEqual(Object.keys(results), [output]);
  return [...(results[output]!.data as Float32Array)];
}

const plusFive = new Graph();
const y = plusFive.input('before', ['batch', 2]);
plusFive.output('y', op.add(plusFive, y, plusFive.constant(Float32Array.of(5), [1])));

describe('joinGraph', () => {
  for (const opset of [11, 17])
    it(`puts a graph behind a model of opset ${opset}, whatever its names are`, async () => {
      const continuation = { graph: plusFive, inputs: { before: 'head/y' }, prefix: 'head/' };

      const { model, prefix } = joinGraph(doubling(opset), continuation);

      assert.equal(prefix, '_head/');
      assert.deepEqual(await run(model, '_head/y'), [7, 9, 11, 13]);
      assert.equal(Number(model.opsetImport[0]!.version), opset);
    });
});
