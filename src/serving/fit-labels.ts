import type { LabelCertificateJson } from '../http/api-types.js';
import { fitMissThreshold, flawlessRowsMin } from '../routing/miss-threshold.js';
import { deltaForAttempt, nextAttemptAtRows, rowsMinFor } from '../routing/spend-delta.js';
import { fitThreshold } from '../routing/threshold.js';
import type { Attempts } from './attempt-rows.js';
import { ratedRowsOf, type HoldoutEvidence } from './evidence.js';
import { evidenceRowsMax } from './kept-evidence.js';
import { keyOfTarget, type LabelTarget } from './label-targets.js';

export interface LabelQuestion {
  readonly evidence: readonly HoldoutEvidence[];
  readonly labelTargets: readonly LabelTarget[];
  readonly attempts: Attempts;
  /** What holds for single labels already. */
  readonly held: readonly LabelCertificateJson[];
  /** By `keyOfTarget`: rows of that label at its last test; none, or absent: there was none. */
  readonly rowsTested?: Readonly<Record<string, number>>;
}

export interface FittedLabels {
  /** One for each target, in their order. */
  readonly certificates: readonly LabelCertificateJson[];
  /** Those that were tested: a share of their delta is spent. */
  readonly tested: readonly LabelTarget[];
  readonly rowsTested: Readonly<Record<string, number>>;
  /** Answers with labels without a risk of their own need it; Infinity: none may be given. */
  readonly thresholdMin: number;
  /** Why it is Infinity; null where it is not. */
  readonly unmissable: string | null;
}

/**
 * Fits the thresholds of the labels that have a target of their own. A label is tested only when
 * there are enough rows of it, and a quarter more than at its last test: a seldom label would have
 * spent its delta before its first test could pass. Outcomes have no say in when it is.
 */
export function fitLabels(question: LabelQuestion): FittedLabels {
  const { labelTargets } = question;
  const looks = labelTargets.map((target) => lookAt(target, question));
  const misses = looks.flatMap((look) =>
    look.target.kind === 'missMax' ? [{ look, certificate: missCertificate(look) }] : [],
  );
  /** Answers with this label need it; null: with any label without a risk of their own. */
  const thresholdMinOf = (label: number | null): number =>
    Math.max(
      0,
      ...misses
        .filter(({ look, certificate }) => {
          return look.target.label !== label || certificate.threshold === null;
        })
        .map(({ certificate }) => certificate.threshold ?? Infinity),
    );
  const certificates = looks.map((look) => {
    const known = misses.find((miss) => miss.look === look);
    return known?.certificate ?? riskCertificate(look, thresholdMinOf(look.target.label));
  });
  const tested = looks.filter(({ isDue }) => isDue);
  const now = tested.map(({ target, rows }): [string, number] => [
    keyOfTarget(target),
    rows.length,
  ]);
  const unmissable = misses.find(({ certificate }) => certificate.threshold === null);
  return {
    certificates,
    tested: tested.map(({ target }) => target),
    rowsTested: { ...question.rowsTested, ...Object.fromEntries(now) },
    thresholdMin: thresholdMinOf(null),
    unmissable: unmissable?.certificate.why ?? null,
  };
}

/** What there is to test a target by. */
interface Look {
  readonly target: LabelTarget;
  /** Of its label: by the teacher (missMax), or by the student. */
  readonly rows: readonly HoldoutEvidence[];
  /** Of the attempt that is made, or comes next. */
  readonly delta: number;
  readonly isDue: boolean;
  /** What was known before. */
  readonly held: LabelCertificateJson | null;
  /** What is missing, a sentence; null: nothing but growth. */
  readonly missing: string | null;
}

function lookAt(target: LabelTarget, question: LabelQuestion): Look {
  const { evidence, attempts, held, rowsTested = {} } = question;
  const { kind, label, name, max } = target;
  const rows = evidence.filter((row) =>
    kind === 'missMax' ? row.teacherLabel === label : row.label === label,
  );
  const delta = deltaForAttempt(target.delta, attempts.ofLabel(target));
  const needed =
    kind === 'missMax' ? flawlessRowsMin(max, delta) : riskRowsMin(max, delta, evidence.length);
  const before = rowsTested[keyOfTarget(target)];
  const isDue =
    rows.length >= needed && (before === undefined || rows.length >= nextAttemptAtRows(before));
  const known = held.find((one) => one.label === name && one.target === kind) ?? null;
  const counts = { rows: rows.length, needed, evidence: evidence.length };
  const missing = rows.length < needed ? missingWords(target, counts) : null;
  return { target, rows, delta, isDue, held: known, missing };
}

/**
 * Rows of a label from which its risk is tested: twice as many as can pass, so that the surer half
 * may. Where all are half of what is ever kept they have to do: a label may be seldom.
 */
function riskRowsMin(riskMax: number, delta: number, evidenceRows: number): number {
  const enough = rowsMinFor(riskMax, delta) + 1; // One sets the threshold.
  return 2 * evidenceRows < evidenceRowsMax ? 2 * enough : enough;
}

function missingWords(
  { name, kind, max }: LabelTarget,
  { rows, needed, evidence }: { rows: number; needed: number; evidence: number },
): string {
  const by = kind === 'missMax' ? 'labelled' : 'that the student labels';
  if (evidence >= evidenceRowsMax)
    return (
      `${name} is too seldom for a ${kind} of ${max}: a test takes ${needed} holdout rows ${by} ` +
      `${name}, and the newest ${evidenceRowsMax} have ${rows}. Raise it, or its delta.`
    );
  const missing = needed - rows;
  return `${missing} more holdout ${missing === 1 ? 'row' : 'rows'} ${by} ${name} needed.`;
}

function missCertificate(look: Look): LabelCertificateJson {
  if (!look.isDue) return untested(look);
  const { target, rows, delta } = look;
  const fit = fitMissThreshold({
    confidences: Float64Array.from(rows, ({ confidence }) => confidence),
    isOtherLabel: rows.map(({ label }) => label !== target.label),
    missMax: target.max,
    delta,
  });
  if (fit.kind === 'not-certified') throw new Error('The label was tested with too few rows.');
  const { threshold, misses } = fit;
  return better({ threshold, rows: fit.rows, failures: misses, why: null }, look);
}

function riskCertificate(look: Look, thresholdMin: number): LabelCertificateJson {
  if (!look.isDue) return untested(look);
  const { target, rows, delta } = look;
  const fit = fitThreshold({ ...ratedRowsOf(rows), riskMax: target.max, delta, thresholdMin });
  if (fit.kind === 'certified') {
    const { threshold, disagreements } = fit;
    return better({ threshold, rows: fit.rows, failures: disagreements, why: null }, look);
  }
  const why = `Of the rows that the student labels ${target.name}: ${fit.why}`;
  return better({ threshold: null, rows: rows.length, failures: 0, why }, look);
}

type Outcome = Pick<LabelCertificateJson, 'threshold' | 'rows' | 'failures' | 'why'>;

/** What was known before holds on; what was not passed lacks rows, or is told as it was. */
function untested(look: Look): LabelCertificateJson {
  const { held, missing, rows } = look;
  if (held !== null && (held.threshold !== null || missing === null)) return held;
  return certificateOf({ threshold: null, rows: rows.length, failures: 0, why: missing }, look);
}

/** Each attempt has its own share of delta: what passed before holds on. */
function better(fitted: Outcome, look: Look): LabelCertificateJson {
  const { held } = look;
  const isBetter =
    held === null ||
    held.threshold === null ||
    (fitted.threshold !== null && fitted.threshold < held.threshold);
  return isBetter ? certificateOf(fitted, look) : held;
}

const certificateOf = (outcome: Outcome, { target }: Look): LabelCertificateJson => {
  const { name, kind, max, delta } = target;
  return { label: name, target: kind, max, delta, ...outcome };
};
