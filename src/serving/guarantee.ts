import { isDeepStrictEqual } from 'node:util';
import type { Policy } from '../config/policy-schema.js';
import type { CertificateJson, DriftAlarmJson, LabelCertificateJson } from '../http/api-types.js';
import { nextAttemptAtRows } from '../routing/spend-delta.js';
import { missingRowsWords, nextFitOf, rowsForAttempt, type NextFit } from './attempt-rows.js';
import type { HoldoutEvidence } from './evidence.js';
import { GuaranteeMemory, type Certified, type GuaranteeState } from './guarantee-memory.js';
import { fitPromise } from './fit-promise.js';
import type { GuaranteeParts } from './guarantee-parts.js';
import {
  appliedThreshold,
  labelThresholdsOf,
  untriedLabel,
  type LabelThresholds,
} from './label-thresholds.js';
import { labelTargetsOf, type LabelTarget } from './label-targets.js';
import type { WatchedRow } from './label-watches.js';
import { KeptEvidence } from './kept-evidence.js';
import { PromiseWatch, type SavedPromiseWatch } from './promise-watch.js';
import { wouldDoWords } from './would-do.js';

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
  private readonly evidence = new KeptEvidence();
  private watch: PromiseWatch;
  private labelTargets: readonly LabelTarget[];
  private alarm: DriftAlarmJson | null;
  private shownLabels: LabelThresholds = {};
  private whyNot = 'There is no student yet.';

  constructor(private readonly parts: GuaranteeParts) {
    this.currentPolicy = parts.policy;
    this.evidenceFromMs = parts.saved?.evidenceAfterMs ?? 0;
    this.memory = new GuaranteeMemory(parts.saved);
    this.state = this.newState();
    this.labelTargets = labelTargetsOf(parts.policy, parts.labels);
    this.watch = new PromiseWatch(parts.policy, this.labelTargets);
    this.alarm = parts.saved?.alarm ?? null;
  }

  get policy(): Policy {
    return this.currentPolicy;
  }

  /** Confidence from which the student answers; null while nothing is certified. */
  get threshold(): number | null {
    return this.state.certified?.threshold ?? null;
  }

  /** Of labels with a risk of their own; null: that label is not certified. */
  get labelThresholds(): LabelThresholds {
    const now = labelThresholdsOf(this.labelTargets, this.labelCertificates);
    if (!isDeepStrictEqual(now, this.shownLabels)) this.shownLabels = now; // Else the very same.
    return this.shownLabels;
  }

  get holdoutRate(): number {
    const { holdoutRate, coldHoldoutRate } = this.currentPolicy;
    return this.state.certified === null ? coldHoldoutRate : holdoutRate;
  }

  get evidenceAfterMs(): number {
    return this.evidenceFromMs;
  }

  /** On from an alarm until a threshold is certified again, whatever restarts in between. */
  get driftAlarm(): DriftAlarmJson | null {
    return this.alarm;
  }

  get certificate(): CertificateJson {
    const { certified, rowsSeen, nextFitAtRows } = this.state;
    const labels = this.labelCertificates;
    if (certified !== null) return { ...certified, labels };
    const why = this.whyNot;
    return { kind: 'not-certified', why, holdoutRows: rowsSeen, nextFitAtRows, labels };
  }

  private get labelCertificates(): readonly LabelCertificateJson[] {
    return this.state.labels ?? this.labelTargets.map(untriedLabel);
  }

  /** The rows that certify, oldest first; none while no student is bound. */
  get certifyingRows(): readonly HoldoutEvidence[] {
    return this.binding === '' ? [] : this.evidence.all();
  }

  /** What the next fit may spend, and the least target that it would be tried for now. */
  get nextFit(): NextFit {
    const attempt = this.memory.attemptsOf(this.binding) + 1;
    return nextFitOf(this.currentPolicy, { attempt, rows: this.state.rowsSeen });
  }

  /** Sets a policy. With another target the teacher answers everything until the next `bind`. */
  setPolicy(policy: Policy): void {
    const { riskMax, delta, labels } = this.currentPolicy;
    const isSame = policy.riskMax === riskMax && policy.delta === delta;
    if (isSame && isDeepStrictEqual(policy.labels, labels)) {
      this.currentPolicy = policy;
      this.parts.onChange?.();
      return;
    }
    this.remember();
    this.currentPolicy = policy;
    this.labelTargets = labelTargetsOf(policy, this.parts.labels);
    this.binding = '';
    this.state = this.newState();
    this.whyNot = 'The target has changed; a threshold for it is being fitted.';
    this.parts.onChange?.();
  }

  /**
   * Binds to what serves now. What is known under the same binding and target holds on; otherwise a
   * threshold is fitted from `evidence` (oldest first), at once if it is enough. The tests go on: a
   * fresh start for each student would be one more chance of a false alarm.
   */
  bind(binding: string, evidence: readonly HoldoutEvidence[]): void {
    this.remember();
    const carried = this.binding === '' ? {} : this.watch.save();
    this.binding = binding;
    this.state = this.memory.stateOf(binding, this.currentPolicy) ?? this.newState(carried);
    this.watch = new PromiseWatch(this.currentPolicy, this.labelTargets, this.state);
    const { rowsSeen } = this.state;
    // Another target may have had its attempts in between.
    const nextFitAtRows = Math.max(this.state.nextFitAtRows, this.newState().nextFitAtRows);
    this.state = { ...this.state, rowsSeen: 0, nextFitAtRows };
    this.evidence.clear();
    for (const row of evidence) this.keep(row);
    this.state = { ...this.state, rowsSeen: Math.max(rowsSeen, this.state.rowsSeen) };
    this.whyNot = this.missingRows();
    const alarm = this.alarmUnseen();
    if (alarm === null) this.fitWhenDue();
    else this.startAnew(`${alarm}, while it was not watched.`);
    this.save();
  }

  /** The watch takes in what came while another version served, or the process was down. */
  private alarmUnseen(): string | null {
    const { certified, watchedUntilMs = certified?.fittedAtMs ?? 0 } = this.state;
    for (const row of this.evidence.all()) {
      const watched = row.createdMs > watchedUntilMs ? this.watchedRow(row, true) : null;
      const alarm = watched && this.watch.alarmOf(watched);
      if (alarm !== null) return alarm;
    }
    return null;
  }

  /**
   * Takes one more holdout row of the bound student.
   *
   * @param use  isNew: it was answered just now, under what is bound; isServed: the student's
   *             answer went to the caller, the watch counts it; certifies: the row may be used for
   *             fitting (rows that choose students may not).
   */
  observe(
    row: HoldoutEvidence,
    use: { readonly isNew?: boolean; readonly isServed: boolean; readonly certifies: boolean },
  ): void {
    if (this.binding === '') return; // Nobody's: the next `bind` reads the row.
    const isWatched = use.isNew === true || use.isServed;
    const watched = isWatched ? this.watchedRow(row, use.isServed) : null;
    const alarm = watched && this.watch.alarmOf(watched);
    if (alarm !== null) return void this.startAnew(`${alarm}: the test raised an alarm.`);
    if (watched !== null) this.save();
    if (!use.certifies || !this.keep(row)) return;
    const isUntried = this.state.certified === null && this.memory.attemptsOf(this.binding) === 0;
    if (isUntried) this.whyNot = this.missingRows();
    this.fitWhenDue();
  }

  /**
   * A row below the threshold was answered under a lower one, long ago: it is not of this promise.
   *
   * @returns the row as the watch takes it; null when it says nothing about what is promised.
   */
  private watchedRow(row: HoldoutEvidence, wasServed: boolean): WatchedRow | null {
    if (this.threshold === null || row.createdMs <= this.evidenceFromMs) return null;
    const threshold = appliedThreshold(this, row.label);
    const isServed = wasServed && threshold !== null && row.confidence >= threshold;
    const watched = { ...row, isServed };
    return this.watch.counts(watched) ? watched : null;
  }

  /** @returns false for a row that is known, or from before the last alarm. */
  private keep(row: HoldoutEvidence): boolean {
    if (row.createdMs <= this.evidenceFromMs || !this.evidence.add(row)) return false;
    this.state = { ...this.state, rowsSeen: this.state.rowsSeen + 1 };
    return true;
  }

  /** Holdout rows that a fit to them alone would take now. */
  get rowsForFit(): number {
    return rowsForAttempt(this.currentPolicy, this.memory.attemptsOf(this.binding) + 1);
  }

  /**
   * Rows up to then are of traffic that has changed: they prove nothing any more. What they have
   * certified holds on until rows since then certify a threshold, be it higher or lower.
   */
  leaveBehind(untilMs: number): void {
    this.evidenceFromMs = untilMs;
    this.evidence.leaveBehind(untilMs);
    this.memory.forgetCertificates(); // Those of other students; this one's is remembered again.
    const rowsSeen = this.evidence.size;
    this.state = { ...this.state, rowsSeen, nextFitAtRows: this.rowsForFit };
    this.fitWhenDue();
    this.save();
  }

  /**
   * Withdraws every certificate: none outlives an alarm, whoever it speaks of. Rows of requests up
   * to now prove nothing any more; what was spent stays spent.
   *
   * @param why  what has happened, a sentence.
   */
  startAnew(why: string): void {
    this.evidenceFromMs = this.parts.now();
    this.alarm = { sinceMs: this.evidenceFromMs, why };
    this.evidence.clear();
    this.memory.forgetCertificates();
    this.state = this.newState();
    this.watch = new PromiseWatch(this.currentPolicy, this.labelTargets);
    this.whyNot =
      `${why} The teacher answers everything until ${this.state.nextFitAtRows} new holdout ` +
      'rows are there to fit a threshold again.';
    this.save();
    this.parts.onEvent({ kind: 'certificate-lost', why: this.whyNot });
  }

  private fitWhenDue(): void {
    const { rowsSeen, nextFitAtRows } = this.state;
    if (rowsSeen < nextFitAtRows) return;
    const attempt = this.memory.startAttempt(this.binding);
    const { overall: fit, labels } = fitPromise({
      evidence: this.evidence.all(),
      target: this.currentPolicy,
      labelTargets: this.labelTargets,
      attempt,
      held: this.state.labels ?? [],
    });
    const rowsForNext = rowsForAttempt(this.currentPolicy, attempt + 1);
    const next = Math.max(nextAttemptAtRows(rowsSeen), rowsForNext);
    this.state = { ...this.state, nextFitAtRows: next };
    if (labels.length > 0) this.state = { ...this.state, labels };
    if (fit.kind === 'not-certified') {
      this.whyNot = `${fit.why}${wouldDoWords(this)} The next fit is tried at ${next} rows.`;
    } else if (fit.threshold < this.thresholdToBeat) {
      // Each attempt has its own share of delta, so every threshold that passed holds together.
      const certified: Certified = { ...fit, fittedAtMs: this.parts.now() };
      this.state = { ...this.state, certified };
      this.alarm = null;
      this.parts.onEvent({ kind: 'certificate-won', certificate: certified });
    }
    this.save();
  }

  /** What rows that count no more have certified gives way to any other. */
  private get thresholdToBeat(): number {
    const { certified } = this.state;
    const isCurrent = certified !== null && certified.fittedAtMs >= this.evidenceFromMs;
    return isCurrent ? certified.threshold : Infinity;
  }

  /** Without evidence; what the bound student has spent counts. */
  private newState(carried: Partial<SavedPromiseWatch> = {}): GuaranteeState {
    const attempt = this.memory.attemptsOf(this.binding) + 1;
    const nextFitAtRows = rowsForAttempt(this.currentPolicy, attempt);
    return { certified: null, rowsSeen: 0, nextFitAtRows, watch: null, ...carried };
  }

  private remember(): void {
    if (this.binding === '') return;
    const watchedUntilMs = this.parts.now();
    const state = { ...this.state, ...this.watch.save(), watchedUntilMs };
    this.memory.remember(this.binding, this.currentPolicy, state);
  }

  private save(): void {
    this.remember();
    const { evidenceFromMs: evidenceAfterMs, alarm } = this;
    this.parts.save({ evidenceAfterMs, alarm, ...this.memory.save() });
    this.parts.onChange?.();
  }

  private missingRows(): string {
    return missingRowsWords(this.currentPolicy, this.state.nextFitAtRows - this.state.rowsSeen);
  }
}
