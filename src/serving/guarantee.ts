import type { CertificateJson } from '../http/api-types.js';
import type { Policy } from '../config/task-config.js';
import { createEDetector, isDetectorAlarmed, updateEDetector } from '../routing/e-detector.js';
import { createEProcess, isProcessAlarmed, updateEProcess } from '../routing/e-process.js';
import { deltaForAttempt, nextAttemptAtRows, rowsMinFor } from '../routing/spend-delta.js';
import { fitThreshold } from '../routing/threshold.js';

/** One holdout row as seen by the student that serves. */
export interface HoldoutEvidence {
  /** Calibrated confidence of the student, in [0, 1]. */
  readonly confidence: number;
  /** The student's label differs from the teacher's. */
  readonly disagrees: boolean;
}

type Certified = Extract<CertificateJson, { kind: 'certified' }>;

/** What must survive a restart: looking twice at the same rows would spend delta twice. */
export interface SavedGuarantee {
  /** Student, teacher, labels and policy that the certificate speaks of. */
  readonly binding: string;
  readonly certified: Certified | null;
  readonly attempt: number;
  readonly nextFitAtRows: number;
  /** Rows up to here were seen before an alarm and prove nothing any more. */
  readonly evidenceAfterSequence: number;
}

export type GuaranteeEvent =
  | { readonly kind: 'certificate-won'; readonly certificate: Certified }
  | { readonly kind: 'certificate-lost'; readonly why: string };

export interface GuaranteeParts {
  readonly policy: Policy;
  readonly now: () => number;
  readonly save: (saved: SavedGuarantee) => void;
  readonly onEvent: (event: GuaranteeEvent) => void;
  /** Sequence of the newest captured row. */
  readonly newestSequence: () => number;
}

/**
 * Keeps the one promise: of the student's answers, at most `riskMax` differ from the teacher's, with
 * certainty 1 - delta. Fits a threshold from holdout rows, watches it with anytime-valid tests, and
 * withdraws it at once when they alarm.
 */
export class Guarantee {
  private evidence: HoldoutEvidence[] = [];
  private state: SavedGuarantee;
  private process;
  private detector;
  private whyNot = 'There is no student yet.';

  constructor(private readonly parts: GuaranteeParts) {
    this.state = this.freshState('', 0);
    this.process = createEProcess(parts.policy);
    this.detector = createEDetector({ ...parts.policy, alpha: detectorAlpha });
  }

  /** Confidence from which the student answers; null while nothing is certified. */
  get threshold(): number | null {
    return this.state.certified?.threshold ?? null;
  }

  get holdoutRate(): number {
    const { holdoutRate, coldHoldoutRate } = this.parts.policy;
    return this.state.certified === null ? coldHoldoutRate : holdoutRate;
  }

  get certificate(): CertificateJson {
    return (
      this.state.certified ?? {
        kind: 'not-certified',
        why: this.whyNot,
        holdoutRows: this.evidence.length,
        nextFitAtRows: this.state.nextFitAtRows,
      }
    );
  }

  get evidenceAfterSequence(): number {
    return this.state.evidenceAfterSequence;
  }

  /**
   * Binds to what serves now. A certificate saved under the same binding stays; under any other it
   * is stale, and a new one is fitted at once from `evidence`.
   */
  bind(binding: string, evidence: readonly HoldoutEvidence[], saved: SavedGuarantee | null): void {
    this.evidence = [...evidence];
    this.resetWatch();
    if (saved !== null && saved.binding === binding) {
      this.state = saved;
      this.whyNot = `The last fit did not pass; the next is tried at ${saved.nextFitAtRows} rows.`;
      return;
    }
    this.state = this.freshState(binding, saved?.evidenceAfterSequence ?? 0);
    this.whyNot = this.missingRows();
    this.fitWhenDue();
    this.parts.save(this.state);
  }

  /**
   * Takes one more holdout row of the bound student.
   *
   * @param isServed   the student's answer went to the caller: the watch counts it.
   * @param certifies  the row may be used for fitting (rows that choose students may not).
   */
  observe(row: HoldoutEvidence, isServed: boolean, certifies: boolean): void {
    if (certifies) this.evidence.push(row);
    if (this.evidence.length > evidenceRowsMax) this.evidence.shift();
    if (isServed && this.state.certified !== null) this.watch(row.disagrees);
    this.fitWhenDue();
    if (this.state.certified === null && this.state.attempt === 0) this.whyNot = this.missingRows();
  }

  private watch(disagrees: boolean): void {
    const { delta, riskMax } = this.parts.policy;
    this.process = updateEProcess(this.process, disagrees);
    this.detector = updateEDetector(this.detector, disagrees);
    if (!isProcessAlarmed(this.process, delta) && !isDetectorAlarmed(this.detector)) return;
    const why =
      `Student answers differ from the teacher's more often than ${percent(riskMax)}: the test ` +
      `raised an alarm. The teacher answers everything until new holdout rows pass.`;
    this.state = this.freshState(this.state.binding, this.parts.newestSequence());
    this.evidence = [];
    this.whyNot = why;
    this.parts.save(this.state);
    this.parts.onEvent({ kind: 'certificate-lost', why });
  }

  private fitWhenDue(): void {
    const rows = this.evidence.length;
    if (rows < this.state.nextFitAtRows) return;
    const attempt = this.state.attempt + 1;
    const { riskMax, delta } = this.parts.policy;
    const fit = fitThreshold({
      confidences: Float64Array.from(this.evidence, ({ confidence }) => confidence),
      disagrees: this.evidence.map(({ disagrees }) => disagrees),
      riskMax,
      delta: deltaForAttempt(delta, attempt),
    });
    const before = this.state.certified;
    this.state = { ...this.state, attempt, nextFitAtRows: nextAttemptAtRows(rows) };
    if (fit.kind === 'not-certified') {
      this.whyNot = `${fit.why} The next fit is tried at ${this.state.nextFitAtRows} rows.`;
    } else if (before === null || fit.threshold < before.threshold) {
      // Each attempt has its own share of delta, so every threshold that passed holds together.
      const { threshold, rows: fitRows, disagreements, coverage } = fit;
      const fittedAtMs = this.parts.now();
      const certified: Certified = {
        kind: 'certified',
        threshold,
        rows: fitRows,
        disagreements,
        coverage,
        fittedAtMs,
      };
      this.state = { ...this.state, certified };
      this.resetWatch();
      this.parts.onEvent({ kind: 'certificate-won', certificate: certified });
    }
    this.parts.save(this.state);
  }

  private resetWatch(): void {
    this.process = createEProcess(this.parts.policy);
    this.detector = createEDetector({ ...this.parts.policy, alpha: detectorAlpha });
  }

  private freshState(binding: string, evidenceAfterSequence: number): SavedGuarantee {
    const { riskMax, delta } = this.parts.policy;
    const nextFitAtRows = rowsMinFor(riskMax, deltaForAttempt(delta, 1));
    return { binding, certified: null, attempt: 0, nextFitAtRows, evidenceAfterSequence };
  }

  private missingRows(): string {
    const { riskMax, delta } = this.parts.policy;
    const missing = Math.max(0, this.state.nextFitAtRows - this.evidence.length);
    return (
      `${missing} more holdout rows until a threshold can be certified for risk ` +
      `${percent(riskMax)} with ${percent(1 - delta)} certainty.`
    );
  }
}

/** Mean rows to a false drift alarm are at least 1 / alpha: one in 2 000 served holdout rows. */
const detectorAlpha = 1 / 2000;
/** Newest holdout rows that a fit looks at; bounds memory and lets an old world fade. */
const evidenceRowsMax = 20_000;

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
