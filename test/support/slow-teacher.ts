import { join } from 'node:path';
import * as op from '../../src/onnx/operators.js';
import { writeSquareBundle } from './square-bundle.js';
import { modelOf } from './tiny-model.js';

const width = 1024;

/**
 * Puts a teacher into a squares task that thinks longer: products of zeros, which change nothing.
 *
 * @param products  each takes 0.05 ms or more a row on one core.
 */
export function writeSlowTeacher(taskDir: string, products: number): void {
  const model = modelOf((graph, x) => {
    const weight = graph.constant(Float32Array.of(0, 200, 0, 0, 0, 0, 0, 0), [4, 2]);
    const bias = graph.constant(Float32Array.of(0, -100), [2]);
    const zeros = graph.constant(new Float32Array(width * width), [width, width]);
    let idle = op.matMul(graph, x, graph.constant(new Float32Array(4 * width), [4, width]));
    for (let k = 0; k < products; k++) idle = op.matMul(graph, idle, zeros);
    const nothing = graph.constant(new Float32Array(2 * width), [width, 2]);
    const logits = op.add(graph, op.matMul(graph, x, weight), bias);
    return op.add(graph, logits, op.matMul(graph, idle, nothing));
  }, 4);
  writeSquareBundle(join(taskDir, 'teacher'), model);
}
