import { hiddenOf, type TextNetwork } from './text-network.js';
import type { Bag } from './vocabulary.js';

/**
 * Finds the direction in which the texts of each class lie, in the last layer before the head.
 *
 *     centroid[c] = u / |u|,   u = sum over the texts of c of  hidden / |hidden|
 *
 * @param texts  those that the network was trained on.
 * @returns      [hiddenSize, classes], each column of length 1; 0 for a class without a text.
 */
export function classCentroids(
  network: TextNetwork,
  texts: readonly { readonly bag: Bag; readonly label: number }[],
): Float32Array {
  const { hiddenSize, classCount } = network;
  const sums = Array.from({ length: classCount }, () => new Float64Array(hiddenSize));
  for (const { bag, label } of texts) {
    const hidden = hiddenOf(network, bag);
    const length = lengthOf(hidden);
    if (length === 0) continue;
    for (let j = 0; j < hiddenSize; j++) sums[label]![j]! += hidden[j]! / length;
  }
  const centroids = new Float32Array(hiddenSize * classCount);
  sums.forEach((sum, label) => {
    const length = lengthOf(sum);
    if (length === 0) return;
    for (let j = 0; j < hiddenSize; j++) centroids[j * classCount + label] = sum[j]! / length;
  });
  return centroids;
}

const lengthOf = (vector: Float64Array): number =>
  Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
