import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeModel } from '../../src/onnx/encode-model.js';
import { Graph } from '../../src/onnx/graph.js';
import * as op from '../../src/onnx/operators.js';
import { readConstants } from '../../src/onnx/read-constants.js';

describe('reading constants', () => {
  it('gives the numbers of a model that was made here, by their names', () => {
    const graph = new Graph();
    const x = graph.input('x', [2]);
    const weights = graph.constant(Float32Array.of(0.5, -3), [2], 'weights');
    graph.constant(Int32Array.of(7, -8), [2, 1], 'places');
    graph.constant(Int8Array.of(-127, 0, 127), [3], 'table');
    graph.output('y', op.add(graph, x, weights));

    const constants = readConstants(encodeModel(graph));

    assert.deepEqual(constants.get('weights'), Float32Array.of(0.5, -3));
    assert.deepEqual(constants.get('places'), Int32Array.of(7, -8));
    assert.deepEqual(constants.get('table'), Int8Array.of(-127, 0, 127));
  });

  it('refuses what is no model', () => {
    assert.throws(() => readConstants(Uint8Array.of(255, 255, 255)));
  });
});
