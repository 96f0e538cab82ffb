import type { Value } from '../../onnx/graph.js';
import * as op from '../../onnx/operators.js';
import {
  asItIs,
  become,
  input,
  numbers,
  present,
  UncoveredError,
  type Import,
  type Importer,
  type Importers,
} from './importer.js';

const plain: Importer = (given) => asItIs(given);

/** Operators that have been the same since opset 7, and have no attributes. */
const plainOps = [
  ...['Add', 'Sub', 'Mul', 'Div', 'Where', 'Neg', 'Abs', 'Reciprocal', 'Exp', 'Log', 'Sqrt'],
  ...['Sin', 'Cos', 'Relu', 'Tanh', 'Sigmoid', 'Softplus', 'Erf'],
  ...['Equal', 'Greater', 'Less', 'GreaterOrEqual', 'LessOrEqual', 'And', 'Or', 'Not', 'Xor'],
  ...['IsNaN'],
];

const withAlpha =
  (absent: number): Importer =>
  (given) =>
    asItIs(given, { alpha: { float: given.node.attributes.float('alpha', absent) } });

/** Joins any number of inputs two by two. */
const pairwise =
  (name: string): Importer =>
  (given) => {
    const [first, ...others] = present(given);
    const join = (a: Value, b: Value): Value => {
      const { type } = a;
      const shape = op.broadcastShape(a.shape, b.shape);
      const node = { op: name, inputs: [a, b], attributes: {} };
      return given.graph.applyMany(node, [{ shape, type }])[0]!;
    };
    return [others.reduce(join, first!)];
  };

export const elementwiseImporters: Importers = {
  ...Object.fromEntries(plainOps.map((name) => [name, plain])),
  LeakyRelu: withAlpha(0.01),
  Elu: withAlpha(1),
  Gelu: (given) => {
    const approximate = given.node.attributes.string('approximate', 'none');
    return asItIs(given, { approximate: { string: approximate } });
  },
  Max: pairwise('Max'),
  Min: pairwise('Min'),
  Sum: pairwise('Add'),
  Pow: (given) => {
    const [x, exponent] = [input(given, 0), input(given, 1)];
    const data = given.graph.constants.get(exponent.name)?.data;
    if (data === undefined || exponent.type === x.type || x.type !== 'float32')
      return asItIs(given);
    const floats = Float32Array.from(data, Number);
    return asItIs(given, {}, [x, given.graph.constant(floats, exponent.shape.map(Number))]);
  },
  Clip: importClip,
  PRelu: (given) => {
    const { graph } = given;
    const [x, slope] = [input(given, 0), input(given, 1)];
    const isAbove = op.greater(graph, x, op.scalar(graph, 0));
    return [op.where(graph, isAbove, x, op.mul(graph, x, slope))];
  },
  HardSigmoid: (given) => {
    const { attributes } = given.node;
    const line = { alpha: attributes.float('alpha', 0.2), beta: attributes.float('beta', 0.5) };
    return [hardSigmoid(given, line)];
  },
  HardSwish: (given) => [
    op.mul(given.graph, input(given, 0), hardSigmoid(given, { alpha: 1 / 6, beta: 0.5 })),
  ],
  Mish: (given) => {
    const { graph } = given;
    const x = input(given, 0);
    return [op.mul(graph, x, op.tanh(graph, become(given, { op: 'Softplus', inputs: [x] })))];
  },
  Softsign: (given) => {
    const { graph } = given;
    const x = input(given, 0);
    return [
      op.div(
        graph,
        x,
        op.add(graph, op.scalar(graph, 1), become(given, { op: 'Abs', inputs: [x] })),
      ),
    ];
  },
  Selu: (given) => {
    const { graph, node } = given;
    const alpha = node.attributes.float('alpha', 1.67326319217681884765625);
    const gamma = node.attributes.float('gamma', 1.05070102214813232421875);
    const elu = become(given, {
      op: 'Elu',
      inputs: [input(given, 0)],
      attributes: { alpha: { float: alpha } },
    });
    return [op.mul(graph, elu, op.scalar(graph, gamma))];
  },
  Cast: importCast,
  CastLike: importCast,
  Identity: (given) => [input(given, 0)],
  // A served model drops nothing out.
  Dropout: (given) => {
    const isTraining = numbers(given, 2, 'words for training')?.[0] === 1;
    if (isTraining) throw new UncoveredError('it is in training mode');
    return [input(given, 0)];
  },
};

function hardSigmoid(
  given: Import,
  { alpha, beta }: { readonly alpha: number; readonly beta: number },
): Value {
  const { graph } = given;
  const scaled = op.mul(graph, input(given, 0), op.scalar(graph, alpha));
  const line = op.add(graph, scaled, op.scalar(graph, beta));
  return become(given, { op: 'Clip', inputs: [line, op.scalar(graph, 0), op.scalar(graph, 1)] });
}

const float32Max = 3.4028234663852886e38;

function importClip(given: Import): readonly Value[] {
  const { graph, opset, node } = given;
  const x = input(given, 0);
  if (x.type !== 'float32') return asItIs(given);
  const bound = (name: 'min' | 'max', index: number, absent: number): Value => {
    const own =
      opset < 11
        ? node.attributes.float(name, absent)
        : (numbers(given, index, 'bounds')?.[0] ?? absent);
    return op.scalar(graph, own);
  };
  return asItIs(given, {}, [x, bound('min', 1, -float32Max), bound('max', 2, float32Max)]);
}

function importCast(given: Import): readonly Value[] {
  const x = input(given, 0);
  const { type } = given.outputs[0]!;
  if (x.type === type) return [x];
  const number = castNumbers[type];
  if (number === undefined) throw new UncoveredError(`it makes ${type}`);
  return [become(given, { op: 'Cast', inputs: [x], attributes: { to: { int: number } } })];
}

/** Numbers of ONNX files for the types that masks and places are of. */
const castNumbers: Partial<Record<string, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float64: 11,
};
