import { isDeepStrictEqual } from 'node:util';
import type { Policy } from '../config/policy-schema.js';
import type { CertificateJson, DriftAlarmJson, LabelCertificateJson } from '../http/api-types.js';
import { nextFitOf, rowsForAttempt, type Attempts, type NextFit } from './attempt-rows.js';
import type { HoldoutEvidence } from './evidence.js';
import { GuaranteeMemory, isSameTarget } from './guarantee-memory.js';
import type { Certified, GuaranteeState, SavedInputDrift } from './guarantee-memory.js';
import type { GuaranteeParts, LossCause } from './guarantee-parts.js';
import { missingForNextFit, nextFitWords } from './missing-rows.js';
import { labelThresholdsOf, untriedLabel, type LabelThresholds } from './label-thresholds.js';
import { labelTargetsOf, type LabelTarget } from './label-targets.js';
import { KeptEvidence } from './kept-evidence.js';
import { PromiseWatch, type SavedPromiseWatch } from './promise-watch.js';
import { refit } from './refit.js';
import { wouldDoWords } from './would-do.js';

const noLabels: LabelThresholds = {};

/**
 * Keeps the one promise: of the student's answers, at most `riskMax` differ from the teacher's,
 * with certainty 1 - delta. Fits a threshold from holdout rows, watches it with anytime-valid
 * tests, and withdraws it at once when they alarm. It speaks of different inputs: a repeat counts
 * once.
 */
export class Guarantee {
  private currentPolicy: Policy;
  private readonly memory: GuaranteeMemory;
  private binding = '';
  private state: GuaranteeState;
  private readonly evidence: KeptEvidence;
  private watch: PromiseWatch;
  private targets: readonly LabelTarget[];
  private alarm: DriftAlarmJson | null;
  private drift: SavedInputDrift | null;
  private shownLabels: LabelThresholds = {};
  private whyNot = 'There is no student yet.';

  constructor(private readonly parts: GuaranteeParts) {
    this.currentPolicy = parts.policy;
    this.evidence = new KeptEvidence(parts.saved?.evidenceAfterMs ?? 0);
    this.memory = new GuaranteeMemory(parts.saved);
    this.state = this.newState();
    this.targets = labelTargetsOf(parts.policy, parts.labels);
    this.watch = new PromiseWatch(parts.policy, this.targets);
    this.alarm = parts.saved?.alarm ?? null;
    this.drift = parts.saved?.inputDrift ?? null;
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
    if (this.targets.length === 0) return noLabels; // Asked with each request.
    const now = labelThresholdsOf(this.targets, this.labelCertificates);
    if (!isDeepStrictEqual(now, this.shownLabels)) this.shownLabels = now; // Else the very same.
    return this.shownLabels;
  }

  get holdoutRate(): number {
    const { holdoutRate, coldHoldoutRate } = this.currentPolicy;
    return this.state.certified === null ? coldHoldoutRate : holdoutRate;
  }

  get evidenceAfterMs(): number {
    return this.evidence.fromMs;
  }

  /** Targets of single labels. */
  get labelTargets(): readonly LabelTarget[] {
    return this.targets;
  }

  /** On from an alarm until a threshold is certified again, whatever restarts in between. */
  get driftAlarm(): DriftAlarmJson | null {
    return this.alarm;
  }

  /** On until a threshold is certified on rows since, or drift of the answers withdraws all. */
  get inputDrift(): SavedInputDrift | null {
    return this.drift;
  }

  /** What is certified of answers without a risk of their own; the very same until it changes. */
  get certified(): Certified | null {
    return this.state.certified;
  }

  get certificate(): CertificateJson {
    const { certified, rowsSeen: holdoutRows, nextFitAtRows } = this.state;
    const { labelCertificates: labels, whyNot: why } = this;
    if (certified !== null) return { ...certified, labels };
    return { kind: 'not-certified', why, holdoutRows, nextFitAtRows, labels };
  }

  private get labelCertificates(): readonly LabelCertificateJson[] {
    return this.state.labels ?? this.targets.map(untriedLabel);
  }

  /** The rows that certify, oldest first; none while no student is bound. */
  get certifyingRows(): readonly HoldoutEvidence[] {
    return this.binding === '' ? [] : this.evidence.all();
  }

  /** What the next fit may spend, and the least target that it would be tried for now. */
  get nextFit(): NextFit {
    return nextFitOf(this.currentPolicy, this.nextAttempts.overall, this.state.rowsSeen);
  }

  get nextAttempts(): Attempts {
    return this.memory.nextAttempts(this.binding);
  }

  /** Sets a policy. With another target the teacher answers everything until the next `bind`. */
  setPolicy(policy: Policy): void {
    if (isSameTarget(policy, this.currentPolicy)) {
      this.currentPolicy = policy;
      this.parts.onChange?.();
      return;
    }
    this.remember();
    this.currentPolicy = policy;
    this.targets = labelTargetsOf(policy, this.parts.labels);
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
    this.watch = new PromiseWatch(this.currentPolicy, this.targets, this.state);
    const { rowsSeen } = this.state;
    // Another target may have had its attempts in between.
    const nextFitAtRows = Math.max(this.state.nextFitAtRows, this.newState().nextFitAtRows);
    this.state = { ...this.state, rowsSeen: 0, nextFitAtRows };
    this.evidence.clear();
    for (const row of evidence) this.keep(row);
    this.state = { ...this.state, rowsSeen: Math.max(rowsSeen, this.state.rowsSeen) };
    this.whyNot = missingForNextFit(this.currentPolicy, this.state);
    this.leaveBehindWhenDue();
    const alarm = this.alarmUnseen();
    if (alarm === null) this.fitWhenDue();
    else this.startAnew(`${alarm}, while it was not watched.`, 'answers');
    this.save();
  }

  /** The watch takes in what came while another version served, or the process was down. */
  private alarmUnseen(): string | null {
    const { certified, watchedUntilMs = certified?.fittedAtMs ?? 0 } = this.state;
    for (const row of this.evidence.all()) {
      const watched =
        row.createdMs > watchedUntilMs ? this.watch.watchedRow(row, true, this) : null;
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
    const watched = isWatched ? this.watch.watchedRow(row, use.isServed, this) : null;
    const alarm = watched && this.watch.alarmOf(watched);
    if (alarm !== null) return void this.startAnew(`${alarm}: a test raised an alarm.`, 'answers');
    if (watched !== null) this.save();
    if (!use.certifies || !this.keep(row)) return;
    const isUntried = this.state.certified === null && this.memory.attemptsOf(this.binding) === 0;
    if (isUntried) this.whyNot = missingForNextFit(this.currentPolicy, this.state);
    this.leaveBehindWhenDue();
    this.fitWhenDue();
  }

  /** @returns false for a row that is known, or from before the last alarm. */
  private keep(row: HoldoutEvidence): boolean {
    if (!this.evidence.add(row)) return false;
    this.state = { ...this.state, rowsSeen: this.state.rowsSeen + 1 };
    return true;
  }

  /**
   * Traffic has come to hold other inputs than those that certified the threshold. Once there are
   * enough rows since to fit to them alone, what was before proves nothing any more; what it has
   * certified holds on until the new rows certify a threshold, be it higher or lower.
   *
   * @param why  what was seen, a sentence.
   */
  inputsDrifted(why: string): void {
    if (this.drift !== null) return;
    this.drift = { sinceMs: this.parts.now(), why, isLeftBehind: false };
    this.save();
    this.parts.onEvent({ kind: 'inputs-drifted', why });
  }

  private leaveBehindWhenDue(): void {
    if (this.drift === null || this.drift.isLeftBehind) return;
    const { sinceMs } = this.drift;
    const rowsForFit = rowsForAttempt(this.currentPolicy, this.nextFit.attempt);
    if (this.evidence.countSince(sinceMs) < rowsForFit) return;
    this.drift = { ...this.drift, isLeftBehind: true };
    this.evidence.leaveBehind(sinceMs);
    this.memory.forgetCertificates(); // Those of other students; this one's is remembered again.
    const since = { rowsSeen: this.evidence.size, nextFitAtRows: rowsForFit, labelRowsTested: {} };
    this.state = { ...this.state, ...since };
  }

  private endDrift(why: string): void {
    if (this.drift === null) return;
    this.drift = null;
    this.parts.onEvent({ kind: 'inputs-settled', why });
  }

  /**
   * Withdraws every certificate: none outlives an alarm, whoever it speaks of. Rows of requests up
   * to now prove nothing any more; what was spent stays spent.
   *
   * @param why  what has happened, a sentence.
   */
  startAnew(why: string, cause: LossCause): void {
    this.alarm = { sinceMs: this.parts.now(), why };
    this.evidence.leaveBehind(this.alarm.sinceMs);
    this.evidence.clear();
    this.memory.forgetCertificates();
    this.state = this.newState();
    this.watch = new PromiseWatch(this.currentPolicy, this.targets);
    this.whyNot =
      `${why} The teacher answers everything until ${this.state.nextFitAtRows} new holdout ` +
      'rows are there to fit a threshold again.';
    this.endDrift('The threshold was withdrawn.');
    this.save();
    this.parts.onEvent({ kind: 'certificate-lost', why: this.whyNot, cause });
  }

  private fitWhenDue(): void {
    if (this.state.rowsSeen < this.state.nextFitAtRows) return;
    const isStale = this.drift?.isLeftBehind === true;
    if (this.drift && !isStale && this.certified) return; // Rows from before win nothing more.
    const { state, tested, won, why } = refit(this.state, {
      evidence: this.evidence.all(),
      target: this.currentPolicy,
      labelTargets: this.targets,
      attempts: this.nextAttempts,
      isStale,
      nowMs: this.parts.now(),
    });
    this.memory.spend(this.binding, tested);
    this.state = state;
    if (why !== null) this.whyNot = `${why}${wouldDoWords(this)} ${nextFitWords(state)}`;
    if (won !== null) {
      this.alarm = null;
      this.parts.onEvent({ kind: 'certificate-won', certificate: won });
      if (isStale) this.endDrift('A threshold is certified on rows since.');
    }
    this.save();
  }

  /** Without evidence; what the bound student has spent counts. */
  private newState(carried: Partial<SavedPromiseWatch> = {}): GuaranteeState {
    const nextFitAtRows = rowsForAttempt(this.currentPolicy, this.nextAttempts.overall);
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
    const { evidenceAfterMs, alarm, drift: inputDrift } = this;
    this.parts.save({ evidenceAfterMs, alarm, inputDrift, ...this.memory.save() });
    this.parts.onChange?.();
  }
}
