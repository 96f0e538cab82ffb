import type { LabelCertificateJson } from '../http/api-types.js';
import { fitMissThreshold } from '../routing/miss-threshold.js';
import { deltaForAttempt } from '../routing/spend-delta.js';
import { fitThreshold } from '../routing/threshold.js';
import { ratedRowsOf, type HoldoutEvidence } from './evidence.js';
import type { LabelTarget } from './label-targets.js';

export interface LabelQuestion {
  readonly evidence: readonly HoldoutEvidence[];
  readonly labelTargets: readonly LabelTarget[];
  /** Of the bound student, from 1: each has its own share of every delta. */
  readonly attempt: number;
  /** What holds for single labels already. */
  readonly held: readonly LabelCertificateJson[];
}

export interface FittedLabels {
  /** One for each target, in their order. */
  readonly certificates: readonly LabelCertificateJson[];
  /** Answers with labels without a risk of their own need it; Infinity: none may be given. */
  readonly thresholdMin: number;
  /** Why it is Infinity; null where it is not. */
  readonly unmissable: string | null;
}

/** Fits the thresholds of the labels that have a target of their own. */
export function fitLabels(question: LabelQuestion): FittedLabels {
  const { evidence, labelTargets, attempt } = question;
  const misses = labelTargets
    .filter(({ kind }) => kind === 'missMax')
    .map((miss) => ({ miss, certificate: better(missCertificate(miss, question), question) }));
  /** Answers with this label need it; null: with any label without a risk of their own. */
  const thresholdMinOf = (label: number | null): number =>
    Math.max(
      0,
      ...misses
        .filter(({ miss, certificate }) => miss.label !== label || certificate.threshold === null)
        .map(({ certificate }) => certificate.threshold ?? Infinity),
    );
  const certificates = labelTargets.map((own) => {
    const known = misses.find(({ miss }) => miss === own);
    if (known !== undefined) return known.certificate;
    const certificate = riskCertificate(own, {
      rows: evidence.filter(({ label }) => label === own.label),
      delta: deltaForAttempt(own.delta, attempt),
      thresholdMin: thresholdMinOf(own.label),
    });
    return better(certificate, question);
  });
  const unmissable = misses.find(({ certificate }) => certificate.threshold === null);
  return {
    certificates,
    thresholdMin: thresholdMinOf(null),
    unmissable: unmissable?.certificate.why ?? null,
  };
}

function missCertificate(
  { label, name, kind, max, delta }: LabelTarget,
  { evidence, attempt }: LabelQuestion,
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
  { held }: Pick<LabelQuestion, 'held'>,
): LabelCertificateJson {
  const before = held.find(
    ({ label, target }) => label === fitted.label && target === fitted.target,
  );
  if (before === undefined || before.threshold === null) return fitted;
  const isBetter = fitted.threshold !== null && fitted.threshold < before.threshold;
  return isBetter ? fitted : before;
}
