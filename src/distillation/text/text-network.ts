import type { LossOptions } from '../distillation-loss.js';
import { rowLoss, type RowTargets } from '../row-loss.js';
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

/** A network to start from: uniform weights of variance 1 / hiddenSize, biases 0. */
export function createTextNetwork(shape: TextNetworkShape, draw: Draw): TextNetwork {
  const { places, hiddenSize, classCount } = shape;
  const spread = Math.sqrt(3 / hiddenSize);
  const drawn = (length: number): Float32Array => {
    const weights = new Float32Array(length);
    for (let k = 0; k < length; k++) weights[k] = spread * (2 * draw() - 1);
    return weights;
  };
  const embedding = drawn(places * hiddenSize).fill(0, 0, hiddenSize);
  const head = drawn(hiddenSize * classCount);
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

/** @returns [classes] float64 logits. */
export function scoreBag(network: TextNetwork, bag: Bag): Float64Array {
  const hidden = Float64Array.from(network.hiddenBias);
  addEmbeddings(network, bag, hidden);
  for (let j = 0; j < hidden.length; j++) if (hidden[j]! < 0) hidden[j] = 0;
  const logits = new Float64Array(network.classCount);
  scoreHidden(network, hidden, logits);
  return logits;
}

/** hidden += sum over the n-grams of weight * embedding[place] */
function addEmbeddings({ embedding, hiddenSize }: TextNetwork, bag: Bag, hidden: Float64Array) {
  const { places, weights } = bag;
  for (let k = 0; k < places.length; k++) {
    const weight = weights[k]!;
    const start = places[k]! * hiddenSize;
    for (let j = 0; j < hiddenSize; j++) hidden[j]! += weight * embedding[start + j]!;
  }
}

/** logits = hidden head + headBias */
function scoreHidden(network: TextNetwork, hidden: Float64Array, logits: Float64Array): void {
  const { head, headBias, classCount } = network;
  for (let c = 0; c < classCount; c++) logits[c] = headBias[c]!;
  for (let j = 0; j < hidden.length; j++) {
    const value = hidden[j]!;
    if (value === 0) continue;
    const start = j * classCount;
    for (let c = 0; c < classCount; c++) logits[c]! += value * head[start + c]!;
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
 * @param hiddenKept  shares of the hidden values that a lesson keeps, in (0, 1]; the others are 0,
 *                    and those kept are divided by it.
 * @see Srivastava et al. 2014, "Dropout", §10 (inverted dropout)
 */
export function createTextTeacher(
  network: TextNetwork,
  { loss, hiddenKept, draw }: { loss: LossOptions; hiddenKept: number; draw: Draw },
): (lesson: Lesson, rates: LearningRates) => number {
  const { embedding, hiddenBias, head, headBias, hiddenSize, classCount } = network;
  const hidden = new Float64Array(hiddenSize);
  const hiddenGradient = new Float64Array(hiddenSize);
  const logits = new Float64Array(classCount);
  const gradient = new Float64Array(classCount);

  return ({ bag, weight, ...targets }, rates) => {
    for (let j = 0; j < hiddenSize; j++) hidden[j] = hiddenBias[j]!;
    addEmbeddings(network, bag, hidden);
    for (let j = 0; j < hiddenSize; j++) {
      const isKept = hidden[j]! > 0 && (hiddenKept === 1 || draw() < hiddenKept);
      hidden[j] = isKept ? hidden[j]! / hiddenKept : 0;
    }
    scoreHidden(network, hidden, logits);
    const rowsLoss = rowLoss(logits, { ...targets, ...loss }, gradient);

    const headRate = rates.head * weight;
    for (let j = 0; j < hiddenSize; j++) {
      hiddenGradient[j] = 0;
      if (hidden[j] === 0) continue;
      const start = j * classCount;
      const change = headRate * hidden[j]!;
      let total = 0;
      for (let c = 0; c < classCount; c++) {
        const own = head[start + c]!;
        total += own * gradient[c]!;
        head[start + c] = own - change * gradient[c]!;
      }
      hiddenGradient[j] = total / hiddenKept;
    }
    for (let c = 0; c < classCount; c++) headBias[c]! -= headRate * gradient[c]!;
    for (let j = 0; j < hiddenSize; j++) hiddenBias[j]! -= headRate * hiddenGradient[j]!;
    for (let k = 0; k < bag.places.length; k++) {
      const change = rates.embedding * weight * bag.weights[k]!;
      const start = bag.places[k]! * hiddenSize;
      for (let j = 0; j < hiddenSize; j++) embedding[start + j]! -= change * hiddenGradient[j]!;
    }
    return rowsLoss * weight;
  };
}
