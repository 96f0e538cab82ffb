import type { LossOptions } from '../distillation-loss.js';
import { rowLoss, type RowTargets } from '../row-loss.js';
import type { Draw } from '../seeded-draw.js';
import { openNetworkMemory, type NetworkMemory } from './network-memory.js';
import type { TextNetwork } from './text-network.js';
import type { Bag } from './vocabulary.js';

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

/** A part of the n-grams of a lesson, drawn at random; their weights are divided by the share. */
export interface Thinning {
  /** In (0, 1]. */
  readonly share: number;
  readonly draw: Draw;
}

/** A network that learns text by text, by plain gradient descent. */
export interface TextLearner {
  /**
   *     parameter -= rate * weight * d loss / d parameter
   *
   * @param thinning  null keeps all n-grams.
   * @returns         the loss of this lesson before that.
   */
  teach(lesson: Lesson, rates: LearningRates, thinning: Thinning | null): number;
  /** @returns the loss of a row, its weight not counted. */
  lossOf(lesson: Lesson): number;
  /** @returns a copy of the network as it is now. */
  network(): TextNetwork;
}

/**
 * Creates what teaches a copy of a network. One row touches some hundred rows of the embedding:
 * whatever keeps a state for each weight (Adam, Adagrad) takes longer, and Adagrad for rows was 3
 * points worse in a trial on CLINC150.
 */
export function createTextLearner(from: TextNetwork, loss: LossOptions): TextLearner {
  const memory = openNetworkMemory(from);
  return {
    teach({ bag, weight, ...targets }, rates, thinning) {
      const ngrams = putBag(memory, bag, thinning);
      const active = forward(memory, ngrams);
      const told = rowLoss(memory.logits, { ...targets, ...loss }, memory.gradient);
      descend(memory, { ngrams, active }, scaled(rates, weight));
      return told * weight;
    },
    lossOf({ bag, ...targets }) {
      forward(memory, putBag(memory, bag, null));
      return rowLoss(memory.logits, { ...targets, ...loss });
    },
    network: memory.network,
  };
}

/** Puts a text, or a part of it, where the kernels find it. @returns its n-grams. */
function putBag(
  memory: NetworkMemory,
  { places, weights }: Bag,
  thinning: Thinning | null,
): number {
  const { bagPlaces, bagWeights } = memory;
  if (thinning === null) {
    bagPlaces.set(places);
    bagWeights.set(weights);
    return places.length;
  }
  const { share, draw } = thinning;
  let ngrams = 0;
  for (let k = 0; k < places.length; k++) {
    if (draw() >= share) continue;
    bagPlaces[ngrams] = places[k]!;
    bagWeights[ngrams] = weights[k]! / share;
    ngrams++;
  }
  return ngrams;
}

/** From the text that was put to `logits`. @returns how many hidden values are not 0. */
function forward(memory: NetworkMemory, ngrams: number): number {
  const { at, kernels, hidden, activePlaces, activeWeights, logits } = memory;
  hidden.set(memory.hiddenBias);
  kernels.addRows(at.hidden, memory.bagRows(ngrams), at.bagWeights);
  let active = 0;
  for (let j = 0; j < hidden.length; j++) {
    if (!(hidden[j]! > 0)) continue;
    activePlaces[active] = j;
    activeWeights[active] = hidden[j]!;
    active++;
  }
  logits.set(memory.headBias);
  kernels.addRows(at.logits, memory.activeRows(active), at.activeWeights);
  return active;
}

/** Takes the gradient, from that of the logits on, from all that it reaches. */
function descend(
  memory: NetworkMemory,
  { ngrams, active }: { readonly ngrams: number; readonly active: number },
  rates: LearningRates,
): void {
  const { at, kernels, activePlaces, products, hiddenGradient, gradient } = memory;
  const [bagRows, activeRows] = [memory.bagRows(ngrams), memory.activeRows(active)];
  kernels.multiplyRows(at.products, activeRows, at.gradient);
  hiddenGradient.fill(0);
  for (let k = 0; k < active; k++) hiddenGradient[activePlaces[k]!] = products[k]!;

  const ofHead = { rate: rates.head, gradient: at.gradient };
  kernels.descendRows(activeRows, at.activeWeights, ofHead);
  subtract(memory.headBias, gradient, rates.head);
  subtract(memory.hiddenBias, hiddenGradient, rates.head);
  const ofEmbedding = { rate: rates.embedding, gradient: at.hiddenGradient };
  kernels.descendRows(bagRows, at.bagWeights, ofEmbedding);
}

function subtract(from: Float32Array, gradient: Float32Array, rate: number): void {
  for (let k = 0; k < from.length; k++) from[k]! -= rate * gradient[k]!;
}

const scaled = ({ embedding, head }: LearningRates, weight: number): LearningRates => ({
  embedding: embedding * weight,
  head: head * weight,
});
