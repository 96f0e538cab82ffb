import type { LossOptions } from '../distillation-loss.js';
import { rowLoss, type RowTargets } from '../row-loss.js';
import type { Draw } from '../seeded-draw.js';
import { RowTable } from './row-table.js';
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

export const copyOfNetwork = (network: TextNetwork): TextNetwork => ({
  ...network,
  embedding: network.embedding.slice(),
  hiddenBias: network.hiddenBias.slice(),
  head: network.head.slice(),
  headBias: network.headBias.slice(),
});

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
  const hidden = new Float64Array(network.hiddenSize);
  const logits = new Float64Array(network.classCount);
  forward(tablesOf(network), bag, { hidden, logits });
  return logits;
}

/** @returns [hiddenSize] hidden values, each at least 0. */
export function hiddenOf(network: TextNetwork, bag: Bag): Float64Array {
  const hidden = new Float64Array(network.hiddenSize);
  forward(tablesOf(network), bag, { hidden, logits: new Float64Array(network.classCount) });
  return hidden;
}

interface Tables {
  readonly embedding: RowTable;
  readonly head: RowTable;
  /** Of one row each. */
  readonly hiddenBias: RowTable;
  readonly headBias: RowTable;
}

const tablesOf = (network: TextNetwork): Tables => ({
  embedding: new RowTable(network.embedding, network.hiddenSize),
  head: new RowTable(network.head, network.classCount),
  hiddenBias: new RowTable(network.hiddenBias, network.hiddenSize),
  headBias: new RowTable(network.headBias, network.classCount),
});

interface Activations {
  /** [hiddenSize] after relu. */
  readonly hidden: Float64Array;
  /** [classCount] */
  readonly logits: Float64Array;
}

/** Overwrites `hidden` and `logits`. */
function forward(tables: Tables, { places, weights }: Bag, { hidden, logits }: Activations): void {
  hidden.fill(0);
  tables.hiddenBias.addTo(hidden, 0, 1);
  for (let k = 0; k < places.length; k++) tables.embedding.addTo(hidden, places[k]!, weights[k]!);
  logits.fill(0);
  tables.headBias.addTo(logits, 0, 1);
  for (let j = 0; j < hidden.length; j++) {
    if (hidden[j]! > 0) tables.head.addTo(logits, j, hidden[j]!);
    else hidden[j] = 0;
  }
}

/** What one step of learning changes, and by how much. */
export interface LearningRates {
  readonly embedding: number;
  /** Of the head and of both biases. */
  readonly head: number;
}

export interface Lesson extends RowTargets {
  readonly bag: Bag;
  /** Multiplies the gradient. */
  readonly weight: number;
}

/**
 * Creates what teaches a network row by row, by plain gradient descent:
 *
 *     parameter -= rate * weight * d loss / d parameter
 *
 * One row touches some hundred rows of the embedding: whatever keeps a state for each weight (Adam,
 * Adagrad) takes longer, and Adagrad for rows was 3 points worse in a trial on CLINC150.
 *
 * @returns  teaches one row, and says its loss before that.
 */
export function createTextTeacher(
  network: TextNetwork,
  loss: LossOptions,
): (lesson: Lesson, rates: LearningRates) => number {
  const tables = tablesOf(network);
  const hidden = new Float64Array(network.hiddenSize);
  const hiddenGradient = new Float64Array(network.hiddenSize);
  const logits = new Float64Array(network.classCount);
  const gradient = new Float64Array(network.classCount);

  return ({ bag, weight, ...targets }, rates) => {
    forward(tables, bag, { hidden, logits });
    const rowsLoss = rowLoss(logits, { ...targets, ...loss }, gradient);

    const headRate = rates.head * weight;
    for (let j = 0; j < hidden.length; j++) {
      const isActive = hidden[j] !== 0;
      hiddenGradient[j] = isActive ? tables.head.product(j, gradient) : 0;
      if (isActive) tables.head.descend(j, headRate * hidden[j]!, gradient);
    }
    tables.headBias.descend(0, headRate, gradient);
    tables.hiddenBias.descend(0, headRate, hiddenGradient);
    const embeddingRate = rates.embedding * weight;
    for (let k = 0; k < bag.places.length; k++)
      tables.embedding.descend(bag.places[k]!, embeddingRate * bag.weights[k]!, hiddenGradient);
    return rowsLoss * weight;
  };
}
