import type { Policy } from '../config/task-config.js';
import type { CertificateJson } from '../http/api-types.js';
import { deltaForAttempt, nextAttemptAtRows, rowsMinFor } from '../routing/spend-delta.js';
import { fitThreshold } from '../routing/threshold.js';
import type { HoldoutEvidence } from './evidence.js';
import { createRiskWatch, type RiskWatch, type SavedWatch } from './risk-watch.js';

export type Certified = Extract<CertificateJson, { kind: 'certified' }>;

/** What is known under one binding. Forgetting it would look at the same rows twice. */
interface BindingState {
  readonly certified: Certified | null;
  /** Fits so far; each has its own share of delta. */
  readonly attempt: number;
  /** Pieces of evidence since the last alarm, those that have faded included. */
  readonly rowsSeen: number;
  readonly nextFitAtRows: number;
  readonly watch: SavedWatch | null;
}

/** What must survive a restart. */
export interface SavedGuarantee {
  /** Requests up to this moment came before an alarm: they prove nothing any more. */
  readonly evidenceAfterMs: number;
  /** By binding (student, teacher, labels, target), the one in use last. */
  readonly bindings: Readonly<Record<string, BindingState>>;
}

export type GuaranteeEvent =
  | { readonly kind: 'certificate-won'; readonly certificate: Certified }
  | { readonly kind: 'certificate-lost'; readonly why: string };

export interface GuaranteeParts {
  readonly policy: Policy;
  readonly saved: SavedGuarantee | null;
  readonly now: () => number;
  readonly save: (saved: SavedGuarantee) => void;
  readonly onEvent: (event: GuaranteeEvent) => void;
}

/** Newest holdout rows that a fit looks at; bounds memory and lets an old world fade. */
export const evidenceRowsMax = 20_000;
/**
 * A fit is first tried when the surest half of the rows is enough to pass. With fewer rows only a
 * student that is right almost everywhere could, and a young one would spend its delta on nothing.
 */
const firstCoverage = 0.5;
/** Bindings whose spent delta is remembered. */
const bindingsMax = 50;

/**
 * Keeps the one promise: of the student's answers, at most `riskMax` differ from the teacher's,
 * with certainty 1 - delta. Fits a threshold from holdout rows, watches it with anytime-valid
 * tests, and withdraws it at once when they alarm. It speaks of different inputs: a repeat counts
 * once.
 */
export class Guarantee {
  private currentPolicy: Policy;
  private evidenceFromMs: number;
  private readonly bindings: Map<string, BindingState>;
  private binding = '';
  private state: BindingState;
  /** By input, oldest first. */
  private readonly evidence = new Map<string, HoldoutEvidence>();
  private watch: RiskWatch;
  private whyNot = 'There is no student yet.';

  constructor(private readonly parts: GuaranteeParts) {
    this.currentPolicy = parts.policy;
    this.evidenceFromMs = parts.saved?.evidenceAfterMs ?? 0;
    this.bindings = new Map(Object.entries(parts.saved?.bindings ?? {}));
    this.state = this.stateAfter(0);
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

  /** Sets a policy. With another target the teacher answers everything until the next `bind`. */
  setPolicy(policy: Policy): void {
    const { riskMax, delta } = this.currentPolicy;
    this.currentPolicy = policy;
    if (policy.riskMax === riskMax && policy.delta === delta) return;
    this.remember();
    this.binding = '';
    this.state = this.stateAfter(0);
    this.whyNot = 'The target has changed; a threshold for it is being fitted.';
  }

  /**
   * Binds to what serves now. What is known under the same binding holds on; under a new one a
   * threshold is fitted at once from `evidence` (oldest first).
   */
  bind(binding: string, evidence: readonly HoldoutEvidence[]): void {
    this.remember();
    this.binding = binding;
    this.state = this.bindings.get(binding) ?? this.stateAfter(0);
    this.watch = createRiskWatch(this.currentPolicy, this.state.watch);
    const { rowsSeen } = this.state;
    this.state = { ...this.state, rowsSeen: 0 };
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
    const isUntried = this.state.certified === null && this.state.attempt === 0;
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

  /** No certificate outlives an alarm, whoever it speaks of; what was spent stays spent. */
  private withdraw(): void {
    this.evidenceFromMs = this.parts.now();
    this.evidence.clear();
    for (const [binding, { attempt }] of this.bindings)
      this.bindings.set(binding, this.stateAfter(attempt));
    this.state = this.stateAfter(this.state.attempt);
    this.watch = createRiskWatch(this.currentPolicy);
    this.whyNot =
      `Student answers differ from the teacher's more often than ` +
      `${percent(this.policy.riskMax)}: the test raised an alarm. The teacher answers everything ` +
      `until ${this.state.nextFitAtRows} new holdout rows are there to fit a threshold again.`;
    this.save();
    this.parts.onEvent({ kind: 'certificate-lost', why: this.whyNot });
  }

  private fitWhenDue(): void {
    const { rowsSeen, nextFitAtRows, certified: before } = this.state;
    if (rowsSeen < nextFitAtRows) return;
    const attempt = this.state.attempt + 1;
    const { riskMax, delta } = this.currentPolicy;
    const evidence = [...this.evidence.values()];
    const fit = fitThreshold({
      confidences: Float64Array.from(evidence, ({ confidence }) => confidence),
      disagrees: evidence.map(({ disagrees }) => disagrees),
      riskMax,
      delta: deltaForAttempt(delta, attempt),
    });
    const next = Math.max(nextAttemptAtRows(rowsSeen), this.rowsForAttempt(attempt + 1));
    this.state = { ...this.state, attempt, nextFitAtRows: next };
    if (fit.kind === 'not-certified') {
      this.whyNot = `${fit.why} The next fit is tried at ${next} rows.`;
    } else if (before === null || fit.threshold < before.threshold) {
      // Each attempt has its own share of delta, so every threshold that passed holds together.
      const certified: Certified = { ...fit, fittedAtMs: this.parts.now() };
      this.state = { ...this.state, certified };
      this.parts.onEvent({ kind: 'certificate-won', certificate: certified });
    }
    this.save();
  }

  private stateAfter(attempt: number): BindingState {
    const nextFitAtRows = this.rowsForAttempt(attempt + 1);
    return { certified: null, attempt, rowsSeen: 0, nextFitAtRows, watch: null };
  }

  private rowsForAttempt(attempt: number): number {
    const { riskMax, delta } = this.currentPolicy;
    return Math.ceil(rowsMinFor(riskMax, deltaForAttempt(delta, attempt)) / firstCoverage);
  }

  private remember(): void {
    if (this.binding === '') return;
    this.bindings.delete(this.binding); // The one in use goes to the end.
    this.bindings.set(this.binding, { ...this.state, watch: this.watch.save() });
    if (this.bindings.size <= bindingsMax) return;
    const [oldest] = this.bindings.keys();
    this.bindings.delete(oldest!);
  }

  private save(): void {
    this.remember();
    const bindings = Object.fromEntries(this.bindings);
    this.parts.save({ evidenceAfterMs: this.evidenceFromMs, bindings });
  }

  private missingRows(): string {
    const { riskMax, delta } = this.currentPolicy;
    const missing = Math.max(0, this.state.nextFitAtRows - this.state.rowsSeen);
    return (
      `${missing} more holdout rows until a threshold can be certified for risk ` +
      `${percent(riskMax)} with ${percent(1 - delta)} certainty.`
    );
  }
}

const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;
