import { describe, it } from 'node:test';
import type { Attribute } from '../../../src/onnx/graph.js';
import * as op from '../../../src/onnx/operators.js';
import { assertGradients } from '../../support/assert-gradients.js';

/** Kinks lie at 0, and the values of `apart` on both sides of it. */
const cases: readonly {
  readonly name: string;
  readonly attributes?: Readonly<Record<string, Attribute>>;
}[] = [
  { name: 'Relu' },
  { name: 'LeakyRelu' },
  { name: 'LeakyRelu', attributes: { alpha: { float: 0.3 } } },
  { name: 'Elu' },
  { name: 'Elu', attributes: { alpha: { float: 0.5 } } },
  { name: 'Tanh' },
  { name: 'Sigmoid' },
  { name: 'Softplus' },
  { name: 'Erf' },
  { name: 'Gelu' },
  { name: 'Gelu', attributes: { approximate: { string: 'none' } } },
  { name: 'Gelu', attributes: { approximate: { string: 'tanh' } } },
];

describe('the gradient of an activation equals finite differences', () => {
  for (const { name, attributes = {} } of cases) {
    it(`${name} ${JSON.stringify(attributes)}`, () =>
      assertGradients({
        shapes: { x: [6, 8] },
        values: 'apart', // From -1.5 to 1.5.
        build: (graph, { x }) => graph.apply(name, [x!], x!.shape, attributes),
      }));
  }

  it('Clip, between its bounds alone', () =>
    assertGradients({
      shapes: { x: [6, 4] },
      values: 'apart',
      build: (graph, { x }) =>
        graph.apply('Clip', [x!, op.scalar(graph, -0.5), op.scalar(graph, 0.25)], x!.shape),
    }));
});
