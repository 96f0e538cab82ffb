import type { LabelCertificateJson } from '../http/api-types.js';
import { fitMissThreshold } from '../routing/miss-threshold.js';
import { deltaForAttempt } from '../routing/spend-delta.js';
import { fitThreshold, type ThresholdFit } from '../routing/threshold.js';
import { ratedRowsOf, type HoldoutEvidence } from './evidence.js';
import type { Target } from './guarantee-memory.js';
import type { LabelTarget } from './label-targets.js';

export interface PromiseQuestion {
  readonly evidence: readonly HoldoutEvidence[];
  readonly target: Pick<Target, 'riskMax' | 'delta'>;
  readonly labelTargets: readonly LabelTarget[];
  /** Of the bound student, from 1: each has its own share of every delta. */
  readonly attempt: number;
  /** What holds for single labels already. */
  readonly held: readonly LabelCertificateJson[];
}

export interface FittedPromise {
  /** For the labels without a risk of their own. */
  readonly overall: ThresholdFit;
  /** One for each target, in their order. */
  readonly labels: readonly LabelCertificateJson[];
}

/**
 * Fits all thresholds of a policy from the same rows.
 *
 * The answers are parted by the student's label: a label with a risk of its own has a threshold of
 * its own, tested on the rows to which the student gives it; the policy's risk is tested on all
 * other rows. As no label's risk may be above the policy's, the policy's holds for all answers
 * together. What must not be missed comes first, as the confidence that answers with any other
 * label need at least: of the thresholds that passed, only those above it are taken. Until it is
 * known, nothing is certified.
 */
export function fitPromise(question: PromiseQuestion): FittedPromise {
  const { evidence, target, labelTargets, attempt } = question;
  const deltaOf = (delta: number): number => deltaForAttempt(delta, attempt);
  const misses = labelTargets
    .filter(({ kind }) => kind === 'missMax')
    .map((miss) => ({ miss, certificate: better(missCertificate(miss, question), question) }));
  /** Answers with this label need it; null: with any label without a risk of its own. */
  const thresholdMinOf = (label: number | null): number =>
    Math.max(
      0,
      ...misses
        .filter(({ miss, certificate }) => miss.label !== label || certificate.threshold === null)
        .map(({ certificate }) => certificate.threshold ?? Infinity),
    );
  const risks = labelTargets.filter(({ kind }) => kind === 'riskMax');
  const ofOwnRisk = new Set(risks.map(({ label }) => label));
  const labels = labelTargets.map((own) => {
    const known = misses.find(({ miss }) => miss === own);
    if (known !== undefined) return known.certificate;
    const rows = evidence.filter(({ label }) => label === own.label);
    const certificate = riskCertificate(own, {
      rows,
      delta: deltaOf(own.delta),
      thresholdMin: thresholdMinOf(own.label),
    });
    return better(certificate, question);
  });
  const unmissable = misses.find(({ certificate }) => certificate.threshold === null);
  const overall: ThresholdFit =
    unmissable === undefined
      ? fitThreshold({
          ...ratedRowsOf(evidence.filter(({ label }) => !ofOwnRisk.has(label))),
          riskMax: target.riskMax,
          delta: deltaOf(target.delta),
          thresholdMin: thresholdMinOf(null),
        })
      : { kind: 'not-certified', why: unmissable.certificate.why! };
  return { overall, labels };
}

function missCertificate(
  { label, name, kind, max, delta }: LabelTarget,
  { evidence, attempt }: PromiseQuestion,
): LabelCertificateJson {
  const rows = evidence.filter(({ teacherLabel }) => teacherLabel === label);
  const fit = fitMissThreshold({
    confidences: Float64Array.from(rows, ({ confidence }) => confidence),
    isOtherLabel: rows.map((row) => row.label !== label),
    missMax: max,
    delta: deltaForAttempt(delta, attempt),
  });
  const shared = { label: name, target: kind, max, delta };
  if (fit.kind === 'certified')
    return { ...shared, threshold: fit.threshold, rows: fit.rows, failures: fit.misses, why: null };
  const missing = fit.rowsMissing;
  const why = `${missing} more holdout ${missing === 1 ? 'row' : 'rows'} labelled ${name} needed.`;
  return { ...shared, threshold: null, rows: rows.length, failures: 0, why };
}

function riskCertificate(
  { name, kind, max, delta }: LabelTarget,
  asked: {
    readonly rows: readonly HoldoutEvidence[];
    readonly delta: number;
    readonly thresholdMin: number;
  },
): LabelCertificateJson {
  const { rows, thresholdMin } = asked;
  const fit = fitThreshold({
    ...ratedRowsOf(rows),
    riskMax: max,
    delta: asked.delta,
    thresholdMin,
  });
  const shared = { label: name, target: kind, max, delta };
  if (fit.kind === 'certified') {
    const { threshold, disagreements } = fit;
    return { ...shared, threshold, rows: fit.rows, failures: disagreements, why: null };
  }
  const why = `Of the rows that the student labels ${name}: ${fit.why}`;
  return { ...shared, threshold: null, rows: rows.length, failures: 0, why };
}

/** Each attempt has its own share of delta: what passed before holds on. */
function better(
  fitted: LabelCertificateJson,
  { held }: Pick<PromiseQuestion, 'held'>,
): LabelCertificateJson {
  const before = held.find(
    ({ label, target }) => label === fitted.label && target === fitted.target,
  );
  if (before === undefined || before.threshold === null) return fitted;
  const isBetter = fitted.threshold !== null && fitted.threshold < before.threshold;
  return isBetter ? fitted : before;
}
