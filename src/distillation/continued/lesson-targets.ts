import type { DatasetRow } from '../dataset.js';
import type { LossOptions } from '../distillation-loss.js';
import type { RowTargets } from '../row-loss.js';
import { targetsOf } from '../soft-targets.js';

/**
 * Makes the targets by which a graph that was built for one loss computes another one: a graph of a
 * brought student takes long to build, and knows a single temperature.
 *
 *     L = a T^2 CE(soft, softmax(v / T)) + (1 - a) CE(hard, softmax(v))
 *
 * is linear in both targets. Another alpha scales them, and what is wanted at temperature 1 is a
 * part of the second term.
 *
 * @param wanted  alpha < 1; its temperature is that of the graph, or 1.
 * @param built   0 < alpha < 1.
 * @throws {RangeError} at another temperature.
 * @see distillationLoss
 */
export function lessonTargets(
  row: DatasetRow,
  classCount: number,
  { wanted, built }: { readonly wanted: LossOptions; readonly built: LossOptions },
): RowTargets {
  const { soft, hard } = targetsOf(row, classCount, wanted);
  const hardScale = (1 - wanted.alpha) / (1 - built.alpha);
  const scaled = hard.map((p) => p * hardScale);
  if (soft === null) return { soft, hard: scaled };
  if (wanted.temperature === built.temperature) {
    const softScale = wanted.alpha / built.alpha;
    return { soft: soft.map((p) => p * softScale), hard: scaled };
  }
  if (wanted.temperature !== 1)
    throw new RangeError(
      `A graph built for temperature ${built.temperature} computes no loss at ` +
        `${wanted.temperature}: it takes ${built.temperature} or 1.`,
    );
  const softWeight = wanted.alpha / (1 - built.alpha);
  return { soft: null, hard: scaled.map((p, k) => p + softWeight * soft[k]!) };
}
