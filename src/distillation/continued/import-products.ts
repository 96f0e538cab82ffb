import * as op from '../../onnx/operators.js';
import { asItIs, input, shapeOf, type Importers } from './importer.js';

export const productImporters: Importers = {
  Gemm: (given) => {
    const { attributes } = given.node;
    return asItIs(given, {
      alpha: { float: attributes.float('alpha', 1) },
      beta: { float: attributes.float('beta', 1) },
      transA: { int: attributes.int('transA', 0) },
      transB: { int: attributes.int('transB', 0) },
    });
  },
  // A vector is a matrix of one row, or of one column.
  MatMul: (given) => {
    const { graph, outputs } = given;
    const [x, y] = [input(given, 0), input(given, 1)];
    if (x.shape.length > 1 && y.shape.length > 1) return [op.stackedMatMul(graph, x, y)];
    const rows = x.shape.length > 1 ? x : op.reshape(graph, x, [1, ...shapeOf(x)]);
    const columns = y.shape.length > 1 ? y : op.reshape(graph, y, [...shapeOf(y), 1]);
    const product = op.stackedMatMul(graph, rows, columns);
    return [op.reshape(graph, product, outputs[0]!.shape)];
  },
};
