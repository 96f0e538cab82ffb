import type { LabelCertificateJson } from '../http/api-types.js';
import type { LabelTarget } from './label-targets.js';

/** By the student's label, where it has a threshold of its own; null: not certified. */
export type LabelThresholds = Readonly<Record<number, number | null>>;

/** By what answers go. */
export interface Thresholds {
  /** Of labels without one of their own; null: nothing is certified. */
  readonly threshold: number | null;
  readonly labelThresholds: LabelThresholds;
}

/** Thresholds of the labels that have a risk of their own. */
export function labelThresholdsOf(
  targets: readonly LabelTarget[],
  certificates: readonly LabelCertificateJson[],
): LabelThresholds {
  const own = targets.filter(({ kind }) => kind === 'riskMax');
  const thresholdOf = ({ name }: LabelTarget): number | null =>
    certificates.find(({ label, target }) => label === name && target === 'riskMax')?.threshold ??
    null;
  return Object.fromEntries(own.map((target) => [target.label, thresholdOf(target)]));
}

/**
 * The threshold for an answer with this label. Where nothing is certified for all, nothing is for
 * one label either.
 */
export function appliedThreshold(
  { threshold, labelThresholds }: Thresholds,
  label: number | null,
): number | null {
  const own = label === null ? undefined : labelThresholds[label];
  return threshold === null || own === undefined ? threshold : own;
}

/** Whether the student is sure enough of its label for these thresholds. */
export function isAnswered(
  { label, confidence }: { readonly label: number; readonly confidence: number },
  thresholds: Thresholds,
): boolean {
  const threshold = appliedThreshold(thresholds, label);
  return threshold !== null && confidence >= threshold;
}

/** Before the first fit, and after an alarm. */
export const untriedLabel = ({ name, kind, max, delta }: LabelTarget): LabelCertificateJson => ({
  label: name,
  target: kind,
  max,
  delta,
  threshold: null,
  rows: 0,
  failures: 0,
  why: 'It waits for the next fit.',
});
