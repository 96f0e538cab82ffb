import { decodeImage } from '../task/image-codec.js';
import type { TargetRow } from './batch-source.js';
import type { ImageTask } from './image-task.js';
import type { DatasetRow } from './dataset.js';

/**
 * Stands in for a teacher's distribution where it gave only a label: the share of Szegedy et al.
 * 2016, "Rethinking the Inception Architecture", section 7, arXiv:1512.00567.
 */
const labelSmoothing = 0.1;
/** Below any probability that matters: keeps the logarithm of an exact 0 finite. */
const probabilityMin = 1e-12;

/**
 * Makes the targets of a dataset row.
 *
 *     soft[k] = p[k]^(1/T) / sum over j of p[j]^(1/T)
 *
 * This is the teacher's softmax at temperature T, for its logits are log p up to a constant.
 *
 * @param temperature  T > 0, that of the loss.
 */
export function targetRowOf(
  row: DatasetRow,
  { task, temperature }: { readonly task: ImageTask; readonly temperature: number },
): TargetRow {
  const classCount = task.labels.length;
  const hard = new Float32Array(classCount);
  hard[row.label] = 1;
  const soft =
    row.probabilities === null
      ? smoothed(row.label, classCount)
      : flattened(row.probabilities, temperature);
  return { input: decodeImage(row.input, task.input), soft, hard, weight: row.weight };
}

function smoothed(label: number, classCount: number): Float32Array {
  const target = new Float32Array(classCount).fill(labelSmoothing / classCount);
  target[label]! += 1 - labelSmoothing;
  return target;
}

function flattened(probabilities: Float64Array, temperature: number): Float32Array {
  const powers = probabilities.map((p) => Math.max(p, probabilityMin) ** (1 / temperature));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return Float32Array.from(powers, (power) => power / total);
}
