import type { Graph, Value } from '../onnx/graph.js';
import * as op from '../onnx/operators.js';

/** One weight or bias of a network; all of them lie in one flat vector, in this order. */
export interface Parameter {
  readonly shape: readonly number[];
  /** Inputs that one output sums over: sets the spread at the start. 0 starts at zero (biases). */
  readonly fanIn: number;
}

/**
 * A network that the embedded trainer can build: what it holds, what it computes, what it costs.
 */
export interface Architecture {
  /** One line for people, for example `MLP 784-64-10`. */
  readonly description: string;
  readonly parameters: readonly Parameter[];
  /** Multiply-adds of one row's forward pass, biases and activations not counted. */
  readonly multiplyAdds: number;
  /**
   * Appends the forward pass.
   *
   * @param x        [batch, inputSize] float32; of an image [height, width, channels], flat,
   *                 where its network does not say otherwise.
   * @param weights  one value for each of `parameters`.
   * @returns        [batch, classes] logits.
   */
  forward(graph: Graph, x: Value, weights: readonly Value[]): Value;
}

/** Fully connected layers with ReLU between them. */
export function mlp(inputSize: number, hiddenSizes: readonly number[], classCount: number) {
  const sizes = [inputSize, ...hiddenSizes, classCount];
  const layers = sizes.slice(1).map((size, index) => dense(sizes[index]!, size));
  return {
    description: `MLP ${sizes.join('-')}`,
    parameters: layers.flatMap(({ parameters }) => parameters),
    multiplyAdds: sum(layers.map(({ multiplyAdds }) => multiplyAdds)),
    forward(graph, x, weights) {
      return layers.reduce(
        (value, layer, index) =>
          layer.forward(graph, index === 0 ? value : op.relu(graph, value), [
            weights[2 * index]!,
            weights[2 * index + 1]!,
          ]),
        x,
      );
    },
  } satisfies Architecture;
}

export interface CnnOptions {
  /** Output channels of each 3x3 convolution; after every second one comes a 2x2 maximum. */
  readonly channels: readonly number[];
  readonly hiddenSizes: readonly number[];
}

/** What a network of convolutions sees. */
export interface CnnInput {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** One channel comes after the other, not one pixel. */
  readonly isPlanar?: boolean;
}

/** 3x3 convolutions with ReLU, pooled after every second one, then fully connected layers. */
export function cnn(input: CnnInput, { channels, hiddenSizes }: CnnOptions, classCount: number) {
  const convolutions = channels.map((channelsOut, index) => {
    const scale = 2 ** Math.floor(index / 2);
    return {
      channelsIn: index === 0 ? input.channels : channels[index - 1]!,
      channelsOut,
      pixels: Math.floor(input.height / scale) * Math.floor(input.width / scale),
      isPooled: index % 2 === 1,
    };
  });
  const scale = 2 ** Math.floor(channels.length / 2);
  const flatSize =
    channels.at(-1)! * Math.floor(input.height / scale) * Math.floor(input.width / scale);
  const head = mlp(flatSize, hiddenSizes, classCount);

  return {
    description:
      `CNN ${input.width}x${input.height}, 3x3 x ${channels.join('-')}, ` + head.description,
    parameters: [
      ...convolutions.flatMap(({ channelsIn, channelsOut }) => [
        { shape: [channelsOut, channelsIn, 3, 3], fanIn: channelsIn * 9 },
        { shape: [channelsOut, 1, 1], fanIn: 0 },
      ]),
      ...head.parameters,
    ],
    multiplyAdds:
      sum(convolutions.map((layer) => layer.channelsIn * layer.channelsOut * 9 * layer.pixels)) +
      head.multiplyAdds,
    forward(graph, x, weights) {
      const { channels: planes, height, width, isPlanar = planes === 1 } = input;
      const batch = x.shape[0]!;
      let value = isPlanar
        ? op.reshape(graph, x, [batch, planes, height, width])
        : op.transpose(graph, op.reshape(graph, x, [batch, height, width, planes]), [0, 3, 1, 2]);
      convolutions.forEach(({ isPooled }, index) => {
        const slid = op.conv(graph, value, weights[2 * index]!, 1);
        value = op.relu(graph, op.add(graph, slid, weights[2 * index + 1]!));
        if (isPooled) value = op.maxPool(graph, value, 2);
      });
      const flat = op.reshape(graph, value, [x.shape[0]!, flatSize]);
      return head.forward(graph, flat, weights.slice(2 * convolutions.length));
    },
  } satisfies Architecture;
}

function dense(inputSize: number, outputSize: number): Omit<Architecture, 'description'> {
  return {
    parameters: [
      { shape: [inputSize, outputSize], fanIn: inputSize },
      { shape: [outputSize], fanIn: 0 },
    ],
    multiplyAdds: inputSize * outputSize,
    forward: (graph, x, [weight, bias]) => op.add(graph, op.matMul(graph, x, weight!), bias!),
  };
}

export const sizeOf = ({ shape }: Parameter): number => shape.reduce((size, dim) => size * dim, 1);
export const parameterCountOf = ({ parameters }: Architecture): number =>
  sum(parameters.map(sizeOf));
const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);
