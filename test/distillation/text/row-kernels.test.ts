import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openRowKernels } from '../../../src/distillation/text/row-kernels.js';

/** A memory with a table of three rows of eight, a row beside it, and what the kernels are told. */
function open({ places, weights }: { places: number[]; weights: number[] }) {
  const at = { table: 0, row: 96, places: 128, weights: 144, products: 160 };
  const kernels = openRowKernels(176);
  const floats = (start: number, length: number) => new Float32Array(kernels.buffer, start, length);
  const table = floats(at.table, 24);
  table.set([...table.keys()]);
  const row = floats(at.row, 8);
  row.set([1, 10, 100, 1000, 1, 1, 1, 1]);
  new Int32Array(kernels.buffer, at.places, 4).set(places);
  floats(at.weights, 4).set(weights);
  const rows = { table: at.table, rowBytes: 32, places: at.places, count: places.length };
  return { kernels, at, rows, table, row, products: floats(at.products, 4) };
}

describe('row kernels', () => {
  it('add multiples of rows to a sum', () => {
    const { kernels, rows, at, row } = open({ places: [2, 0], weights: [0.5, 2] });

    kernels.addRows(at.row, rows, at.weights);

    // 0.5 * (16, 17, ...) + 2 * (0, 1, ...)
    assert.deepEqual([...row], [9, 20.5, 113, 1015.5, 19, 21.5, 24, 26.5]);
  });

  it('take multiples of a gradient from rows, and leave the others as they are', () => {
    const { kernels, rows, at, table } = open({ places: [1], weights: [4] });

    kernels.descendRows(rows, at.weights, { rate: 0.5, gradient: at.row });

    assert.deepEqual([...table.subarray(0, 8)], [0, 1, 2, 3, 4, 5, 6, 7]);
    assert.deepEqual([...table.subarray(8, 16)], [6, -11, -190, -1989, 10, 11, 12, 13]);
    assert.deepEqual([...table.subarray(16)], [16, 17, 18, 19, 20, 21, 22, 23]);
  });

  it('change a row twice that is named twice', () => {
    const { kernels, rows, at, table } = open({ places: [1, 1], weights: [4, 2] });

    kernels.descendRows(rows, at.weights, { rate: 0.5, gradient: at.row });

    assert.deepEqual([...table.subarray(8, 10)], [5, -21]);
  });

  it('multiply rows with factors', () => {
    const { kernels, rows, at, products } = open({ places: [0, 2], weights: [] });

    kernels.multiplyRows(at.products, rows, at.row);

    // 0 + 10 + 200 + 3000 + 4 + 5 + 6 + 7, and 16 more for each factor.
    assert.deepEqual([...products.subarray(0, 2)], [3232, 3232 + 16 * 1115]);
  });

  it('do nothing without a row', () => {
    const { kernels, rows, at, row, products } = open({ places: [], weights: [] });

    kernels.addRows(at.row, rows, at.weights);
    kernels.multiplyRows(at.products, rows, at.row);

    assert.deepEqual([...row], [1, 10, 100, 1000, 1, 1, 1, 1]);
    assert.deepEqual([...products], [0, 0, 0, 0]);
  });
});
