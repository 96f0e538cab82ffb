import type { Draw } from '../seeded-draw.js';
import type { Bag } from './vocabulary.js';

export interface TextNetworkShape {
  /** Rows of the embedding; the first stands for what is not known, and stays 0. */
  readonly places: number;
  readonly hiddenSize: number;
  readonly classCount: number;
}

/**
 * The network of a text student.
 *
 *     hidden = relu(sum over the n-grams of weight * embedding[place] + hiddenBias)
 *     logits = hidden head + headBias
 *
 * @see Joulin et al. 2016, "Bag of Tricks for Efficient Text Classification", arXiv:1607.01759;
 *      it has no relu, which alone gains half a point here.
 */
export interface TextNetwork extends TextNetworkShape {
  /** [places, hiddenSize] */
  readonly embedding: Float32Array;
  /** [hiddenSize] */
  readonly hiddenBias: Float32Array;
  /** [hiddenSize, classCount] */
  readonly head: Float32Array;
  /** [classCount] */
  readonly headBias: Float32Array;
}

/** Small, so that n-grams met only once or twice add little noise. */
const embeddingSpread = 0.3;

/** A network to start from: uniform weights, those of the head of variance 1 / hiddenSize. */
export function createTextNetwork(shape: TextNetworkShape, draw: Draw): TextNetwork {
  const { places, hiddenSize, classCount } = shape;
  const drawn = (length: number, deviation: number): Float32Array => {
    const weights = new Float32Array(length);
    const widest = deviation * Math.sqrt(3);
    for (let k = 0; k < length; k++) weights[k] = widest * (2 * draw() - 1);
    return weights;
  };
  const deviation = Math.sqrt(1 / hiddenSize);
  const embedding = drawn(places * hiddenSize, embeddingSpread * deviation);
  embedding.fill(0, 0, hiddenSize);
  const head = drawn(hiddenSize * classCount, deviation);
  const [hiddenBias, headBias] = [new Float32Array(hiddenSize), new Float32Array(classCount)];
  return { ...shape, embedding, hiddenBias, head, headBias };
}

/**
 * Puts networks of the same places and classes side by side: one network whose logits are the mean
 * of theirs, to the last digits.
 */
export function joinNetworks(networks: readonly TextNetwork[]): TextNetwork {
  const { places, classCount } = networks[0]!;
  const hiddenSize = networks.reduce((size, network) => size + network.hiddenSize, 0);
  const embedding = new Float32Array(places * hiddenSize);
  const head = new Float32Array(hiddenSize * classCount);
  const hiddenBias = new Float32Array(hiddenSize);
  const headBias = new Float32Array(classCount);
  const share = 1 / networks.length;
  let first = 0; // Of the hidden values of the network at hand.
  for (const network of networks) {
    const size = network.hiddenSize;
    for (let place = 0; place < places; place++) {
      const row = network.embedding.subarray(place * size, (place + 1) * size);
      embedding.set(row, place * hiddenSize + first);
    }
    hiddenBias.set(network.hiddenBias, first);
    head.set(
      network.head.map((weight) => weight * share),
      first * classCount,
    );
    network.headBias.forEach((bias, c) => (headBias[c]! += bias * share));
    first += size;
  }
  return { places, hiddenSize, classCount, embedding, hiddenBias, head, headBias };
}

/** @returns [classes] float64 logits. */
export function scoreBag(network: TextNetwork, bag: Bag): Float64Array {
  const { head, headBias, classCount } = network;
  const logits = Float64Array.from(headBias);
  hiddenOf(network, bag).forEach((value, j) => {
    if (value !== 0) addRow(logits, { table: head, start: j * classCount, scale: value });
  });
  return logits;
}

/** @returns [hiddenSize] hidden values, each at least 0. */
export function hiddenOf(network: TextNetwork, { places, weights }: Bag): Float64Array {
  const { embedding, hiddenBias, hiddenSize } = network;
  const hidden = Float64Array.from(hiddenBias);
  places.forEach((place, k) =>
    addRow(hidden, { table: embedding, start: place * hiddenSize, scale: weights[k]! }),
  );
  return hidden.map((value) => Math.max(0, value));
}

/** sum[j] += scale * table[start + j] */
function addRow(
  sum: Float64Array,
  { table, start, scale }: { table: Float32Array; start: number; scale: number },
): void {
  for (let j = 0; j < sum.length; j++) sum[j]! += scale * table[start + j]!;
}
