import type { Policy } from '../config/policy-schema.js';
import type { CertificateJson } from '../http/api-types.js';
import { clopperPearsonUpper } from '../routing/clopper-pearson.js';
import { deltaForAttempt, nextAttemptAtRows, rowsMinFor } from '../routing/spend-delta.js';
import type { RatedRows } from '../routing/surest-first.js';
import { fitThreshold } from '../routing/threshold.js';
import { leastTarget } from '../routing/tradeoff-curve.js';
import { percentSet } from '../task/percent.js';
import type { HoldoutEvidence } from './evidence.js';
import {
  GuaranteeMemory,
  type Certified,
  type GuaranteeState,
  type SavedGuarantee,
} from './guarantee-memory.js';
import { createRiskWatch, type RiskWatch } from './risk-watch.js';

export type GuaranteeEvent =
  | { readonly kind: 'certificate-won'; readonly certificate: Certified }
  | { readonly kind: 'certificate-lost'; readonly why: string };

export interface GuaranteeParts {
  readonly policy: Policy;
  readonly saved: SavedGuarantee | null;
  readonly now: () => number;
  readonly save: (saved: SavedGuarantee) => void;
  readonly onEvent: (event: GuaranteeEvent) => void;
  /** Called when threshold, rate or policy may have changed. */
  readonly onChange?: () => void;
}

/** Newest holdout rows that a fit looks at; bounds memory and lets an old world fade. */
export const evidenceRowsMax = 20_000;
/**
 * A fit is first tried when the surest half of the rows is enough to pass. With fewer rows only a
 * student that is right almost everywhere could, and a young one would spend its delta on nothing.
 */
const firstCoverage = 0.5;

/**
 * Keeps the one promise: of the student's answers, at most `riskMax` differ from the teacher's,
 * with certainty 1 - delta. Fits a threshold from holdout rows, watches it with anytime-valid
 * tests, and withdraws it at once when they alarm. It speaks of different inputs: a repeat counts
 * once.
 */
export class Guarantee {
  private currentPolicy: Policy;
  private evidenceFromMs: number;
  private readonly memory: GuaranteeMemory;
  private binding = '';
  private state: GuaranteeState;
  /** By input, oldest first. */
  private readonly evidence = new Map<string, HoldoutEvidence>();
  private watch: RiskWatch;
  private whyNot = 'There is no student yet.';

  constructor(private readonly parts: GuaranteeParts) {
    this.currentPolicy = parts.policy;
    this.evidenceFromMs = parts.saved?.evidenceAfterMs ?? 0;
    this.memory = new GuaranteeMemory(parts.saved);
    this.state = this.newState();
    this.watch = createRiskWatch(parts.policy);
  }

  get policy(): Policy {
    return this.currentPolicy;
  }

  /** Confidence from which the student answers; null while nothing is certified. */
  get threshold(): number | null {
    return this.state.certified?.threshold ?? null;
  }

  get holdoutRate(): number {
    const { holdoutRate, coldHoldoutRate } = this.currentPolicy;
    return this.state.certified === null ? coldHoldoutRate : holdoutRate;
  }

  get evidenceAfterMs(): number {
    return this.evidenceFromMs;
  }

  get certificate(): CertificateJson {
    const { certified, rowsSeen, nextFitAtRows } = this.state;
    if (certified !== null) return certified;
    return { kind: 'not-certified', why: this.whyNot, holdoutRows: rowsSeen, nextFitAtRows };
  }

  /** The rows that certify, oldest first; none while no student is bound. */
  get certifyingRows(): readonly HoldoutEvidence[] {
    return this.binding === '' ? [] : [...this.evidence.values()];
  }

  /** What the next fit may spend, and the least target that it would be tried for now. */
  get nextFit(): { readonly delta: number; readonly riskMaxMin: number } {
    const attempt = this.memory.attemptsOf(this.binding) + 1;
    const delta = deltaForAttempt(this.currentPolicy.delta, attempt);
    const trials = Math.floor(this.state.rowsSeen * firstCoverage);
    const successes = Math.min(2, trials); // As in `rowsMinFor`.
    return { delta, riskMaxMin: clopperPearsonUpper({ successes, trials }, delta) };
  }

  /** Sets a policy. With another target the teacher answers everything until the next `bind`. */
  setPolicy(policy: Policy): void {
    const { riskMax, delta } = this.currentPolicy;
    if (policy.riskMax === riskMax && policy.delta === delta) {
      this.currentPolicy = policy;
      this.parts.onChange?.();
      return;
    }
    this.remember();
    this.currentPolicy = policy;
    this.binding = '';
    this.state = this.newState();
    this.whyNot = 'The target has changed; a threshold for it is being fitted.';
    this.parts.onChange?.();
  }

  /**
   * Binds to what serves now. What is known under the same binding and target holds on; otherwise a
   * threshold is fitted from `evidence` (oldest first), at once if it is enough.
   */
  bind(binding: string, evidence: readonly HoldoutEvidence[]): void {
    this.remember();
    this.binding = binding;
    this.state = this.memory.stateOf(binding, this.currentPolicy) ?? this.newState();
    this.watch = createRiskWatch(this.currentPolicy, this.state.watch);
    const { rowsSeen } = this.state;
    // Another target may have had its attempts in between.
    const nextFitAtRows = Math.max(this.state.nextFitAtRows, this.newState().nextFitAtRows);
    this.state = { ...this.state, rowsSeen: 0, nextFitAtRows };
    this.evidence.clear();
    for (const row of evidence) this.keep(row);
    this.state = { ...this.state, rowsSeen: Math.max(rowsSeen, this.state.rowsSeen) };
    this.whyNot = this.missingRows();
    this.fitWhenDue();
    this.save();
  }

  /**
   * Takes one more holdout row of the bound student.
   *
   * @param use  isServed: the student's answer went to the caller, the watch counts it; certifies:
   *             the row may be used for fitting (rows that choose students may not).
   */
  observe(
    row: HoldoutEvidence,
    { isServed, certifies }: { readonly isServed: boolean; readonly certifies: boolean },
  ): void {
    if (this.binding === '') return; // Nobody's: the next `bind` reads the row.
    if (isServed && this.isAlarmedBy(row)) {
      this.withdraw();
      return;
    }
    if (!certifies || !this.keep(row)) return;
    const isUntried = this.state.certified === null && this.memory.attemptsOf(this.binding) === 0;
    if (isUntried) this.whyNot = this.missingRows();
    this.fitWhenDue();
  }

  /**
   * A row below the threshold was answered under a lower one, long ago: it is not of this promise.
   */
  private isAlarmedBy({ inputHash, confidence, disagrees }: HoldoutEvidence): boolean {
    const { threshold } = this;
    if (threshold === null || confidence < threshold) return false;
    const isAlarmed = this.watch.isAlarmedBy(inputHash, disagrees);
    this.save();
    return isAlarmed;
  }

  /** @returns false for a row that is known, or from before the last alarm. */
  private keep(row: HoldoutEvidence): boolean {
    if (this.evidence.has(row.inputHash) || row.createdMs <= this.evidenceFromMs) return false;
    this.evidence.set(row.inputHash, row);
    this.state = { ...this.state, rowsSeen: this.state.rowsSeen + 1 };
    if (this.evidence.size > evidenceRowsMax) {
      const [oldest] = this.evidence.keys();
      this.evidence.delete(oldest!);
    }
    return true;
  }

  /** The answers that the certificate allowed differ too often. */
  private withdraw(): void {
    this.startAnew(
      `Student answers differ from the teacher's more often than ` +
        `${percentSet(this.policy.riskMax)}: the test raised an alarm.`,
    );
  }

  /**
   * Withdraws every certificate: none outlives an alarm, whoever it speaks of. Rows of requests up
   * to now prove nothing any more; what was spent stays spent.
   *
   * @param alarm  what has happened, a sentence.
   */
  startAnew(alarm: string): void {
    this.evidenceFromMs = this.parts.now();
    this.evidence.clear();
    this.memory.forgetCertificates();
    this.state = this.newState();
    this.watch = createRiskWatch(this.currentPolicy);
    this.whyNot =
      `${alarm} The teacher answers everything until ${this.state.nextFitAtRows} new holdout ` +
      'rows are there to fit a threshold again.';
    this.save();
    this.parts.onEvent({ kind: 'certificate-lost', why: this.whyNot });
  }

  private fitWhenDue(): void {
    const { rowsSeen, nextFitAtRows, certified: before } = this.state;
    if (rowsSeen < nextFitAtRows) return;
    const attempt = this.memory.startAttempt(this.binding);
    const { riskMax, delta } = this.currentPolicy;
    const evidence = [...this.evidence.values()];
    const rows = {
      confidences: Float64Array.from(evidence, ({ confidence }) => confidence),
      disagrees: evidence.map(({ disagrees }) => disagrees),
    };
    const fit = fitThreshold({
      ...rows,
      riskMax,
      delta: deltaForAttempt(delta, attempt),
    });
    const next = Math.max(nextAttemptAtRows(rowsSeen), this.rowsForAttempt(attempt + 1));
    this.state = { ...this.state, nextFitAtRows: next };
    if (fit.kind === 'not-certified') {
      this.whyNot = `${fit.why}${this.wouldDo(rows)} The next fit is tried at ${next} rows.`;
    } else if (before === null || fit.threshold < before.threshold) {
      // Each attempt has its own share of delta, so every threshold that passed holds together.
      const certified: Certified = { ...fit, fittedAtMs: this.parts.now() };
      this.state = { ...this.state, certified };
      this.parts.onEvent({ kind: 'certificate-won', certificate: certified });
    }
    this.save();
  }

  /** Which target these rows would do for, in words; nothing where it is none. */
  private wouldDo(rows: RatedRows): string {
    const { delta: fitDelta, riskMaxMin } = this.nextFit;
    const least = leastTarget(rows, { fitDelta, riskMaxMin });
    return least < 1 ? ` These rows would do for a riskMax of ${percentSet(least)}.` : '';
  }

  /** Without evidence; what the bound student has spent counts. */
  private newState(): GuaranteeState {
    const nextFitAtRows = this.rowsForAttempt(this.memory.attemptsOf(this.binding) + 1);
    return { certified: null, rowsSeen: 0, nextFitAtRows, watch: null };
  }

  private rowsForAttempt(attempt: number): number {
    const { riskMax, delta } = this.currentPolicy;
    return Math.ceil(rowsMinFor(riskMax, deltaForAttempt(delta, attempt)) / firstCoverage);
  }

  private remember(): void {
    if (this.binding === '') return;
    const state = { ...this.state, watch: this.watch.save() };
    this.memory.remember(this.binding, this.currentPolicy, state);
  }

  private save(): void {
    this.remember();
    this.parts.save({ evidenceAfterMs: this.evidenceFromMs, ...this.memory.save() });
    this.parts.onChange?.();
  }

  private missingRows(): string {
    const { riskMax, delta } = this.currentPolicy;
    const missing = Math.max(0, this.state.nextFitAtRows - this.state.rowsSeen);
    return (
      `${missing} more holdout rows until a threshold can be certified for risk ` +
      `${percentSet(riskMax)} with ${percentSet(1 - delta)} certainty.`
    );
  }
}
