import type { LossOptions } from './distillation-loss.js';

/** What one row is to be learnt as. */
export interface RowTargets {
  /** [classes] teacher's distribution at the loss temperature; null where only a label is known. */
  readonly soft: Float32Array | null;
  /** [classes] the label; see `targetsOf`. */
  readonly hard: Float32Array;
}

/**
 * Computes the distillation loss of one row, in plain numbers; `distillationLoss` is the same in a
 * graph.
 *
 *     L = alpha T^2 CE(soft, softmax(v / T)) + (1 - alpha) CE(hard, softmax(v))
 *     dL/dv = alpha T (softmax(v / T) - soft) + (1 - alpha) (sum(hard) softmax(v) - hard)
 *
 * @param logits    v, [classes].
 * @param gradient  [classes], overwritten by dL/dv; null when nobody asks. Not `logits` itself.
 * @returns         L.
 * @see Hinton et al. 2015, "Distilling the Knowledge in a Neural Network", §2, arXiv:1503.02531
 */
export function rowLoss(
  logits: Float32Array | Float64Array,
  { soft, hard, alpha, temperature }: RowTargets & LossOptions,
  gradient: Float32Array | Float64Array | null = null,
): number {
  gradient?.fill(0);
  const hardLoss = addTerm(logits, { target: hard, weight: 1 - alpha, temperature: 1 }, gradient);
  if (soft === null) return hardLoss;
  const weight = alpha * temperature ** 2;
  return hardLoss + addTerm(logits, { target: soft, weight, temperature }, gradient);
}

interface Term {
  readonly target: Float32Array;
  readonly weight: number;
  readonly temperature: number;
}

/** weight * CE(target, softmax(v / T)), and its gradient added to `gradient`. */
function addTerm(
  logits: Float32Array | Float64Array,
  { target, weight, temperature }: Term,
  gradient: Float32Array | Float64Array | null,
): number {
  const classCount = logits.length;
  let logitMax = -Infinity;
  for (let k = 0; k < classCount; k++) if (logits[k]! > logitMax) logitMax = logits[k]!;
  let total = 0; // Of exp((v - max) / T).
  let targetTotal = 0;
  let targetLogit = 0; // sum p (v - max) / T
  for (let k = 0; k < classCount; k++) {
    const cooled = (logits[k]! - logitMax) / temperature;
    total += Math.exp(cooled);
    targetTotal += target[k]!;
    targetLogit += target[k]! * cooled;
  }
  if (gradient !== null) {
    const scale = weight / temperature;
    for (let k = 0; k < classCount; k++) {
      const p = Math.exp((logits[k]! - logitMax) / temperature) / total;
      gradient[k]! += scale * (targetTotal * p - target[k]!);
    }
  }
  return weight * (targetTotal * Math.log(total) - targetLogit);
}
