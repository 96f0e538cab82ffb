import { fitThreshold } from '../routing/threshold.js';
import { ratedRowsOf, type HoldoutEvidence } from './evidence.js';
import type { Guarantee } from './guarantee.js';
import type { Target } from './guarantee-memory.js';
import type { Thresholds } from './label-thresholds.js';
import { partRows } from './part-rows.js';

/**
 * Gives the certified thresholds; while inputs drift, higher ones: those for half the risk, so that
 * answers to the new inputs may be wrong as often as all others together. They are no promise, and
 * cost no delta. Reading is cheap: they are computed anew when something has changed.
 */
export function createCaution(guarantee: Guarantee): { readonly thresholds: Thresholds } {
  let madeOf: readonly unknown[] = [];
  let made: Thresholds = { threshold: null, labelThresholds: {} };
  return {
    get thresholds() {
      const { certified, labelThresholds, inputDrift } = guarantee;
      const of = [certified, labelThresholds, inputDrift];
      if (of.some((part, index) => part !== madeOf[index])) {
        madeOf = of;
        made =
          inputDrift === null
            ? { threshold: guarantee.threshold, labelThresholds }
            : cautiousThresholds(guarantee);
      }
      return made;
    },
  };
}

function cautiousThresholds(guarantee: Guarantee): Thresholds {
  const { threshold, labelThresholds, labelTargets, certifyingRows, policy } = guarantee;
  const { shared } = partRows(certifyingRows, labelThresholds);
  const raised = labelTargets
    .filter(({ kind }) => kind === 'riskMax')
    .map(({ label, max: riskMax, delta }) => {
      const rows = certifyingRows.filter((row) => row.label === label);
      return [label, raise(rows, labelThresholds[label] ?? null, { riskMax, delta })] as const;
    });
  return {
    threshold: raise(shared, threshold, policy),
    labelThresholds: Object.fromEntries(raised),
  };
}

function raise(
  rows: readonly HoldoutEvidence[],
  threshold: number | null,
  { riskMax, delta }: Pick<Target, 'riskMax' | 'delta'>,
): number | null {
  return threshold === null ? null : cautiousThreshold(rows, { threshold, riskMax, delta });
}

/**
 * The threshold for half the risk. Where none can be proven for so little, that of the surer half
 * of what was answered.
 *
 * @param rows  that certified `threshold`, and what came since.
 * @returns     at least `threshold`.
 */
export function cautiousThreshold(
  rows: readonly HoldoutEvidence[],
  certified: { readonly threshold: number; readonly riskMax: number; readonly delta: number },
): number {
  const { threshold: thresholdMin, riskMax, delta } = certified;
  const fit = fitThreshold({ ...ratedRowsOf(rows), riskMax: riskMax / 2, delta, thresholdMin });
  if (fit.kind === 'certified') return fit.threshold;
  const served = rows.map(({ confidence }) => confidence).filter((c) => c >= thresholdMin);
  return served.sort((a, b) => a - b)[Math.floor(served.length / 2)] ?? thresholdMin;
}
