import type { Policy } from '../config/policy-schema.js';
import type { BudgetJson } from '../http/api-types.js';
import { affordableShare, budgetThreshold } from '../routing/budget-threshold.js';
import {
  BudgetAccount,
  labelShare,
  refillPerHour,
  type Budget,
  type BudgetAccountParts,
  type BudgetLimits,
  type Purpose,
  type Reservation,
} from './budget-account.js';
import { RecentSum } from './recent-sum.js';

export interface TeacherBudgetParts extends BudgetAccountParts {
  readonly policy: () => Policy;
  readonly costPerRowUsd: number;
  /** Called when the threshold or the holdout rate has changed. */
  readonly onChange: () => void;
}

/** Rows that the policy has decided about. */
export interface DecidedRows {
  readonly rows: number;
  /** The student's, of some of them at least. */
  readonly confidences: readonly number[];
}

/** Newest confidences that the threshold goes by. */
const confidencesMax = 1000;
/** The rate of rows is that of the last five minutes, ms. */
const rateSpanMs = 300_000;
/** A shorter time, ms, tells no rate. */
const rateMsMin = 10_000;
/** Between two changes of the threshold, ms: each is sent to all workers. */
const adaptEveryMs = 1000;
const hourMs = 3_600_000;

/**
 * Spends a budget on the rows that the student is least sure of, evenly over the hour: the
 * threshold is the quantile of recent confidences at the share of rows that can be paid for, and
 * falls and rises with what the bucket holds. In other modes than `budget` it bounds what is spent,
 * and decides nothing else.
 */
export class TeacherBudget implements Budget {
  private readonly account: BudgetAccount;
  private readonly rowsSeen = new RecentSum({ spanMs: rateSpanMs, cellMs: rateMsMin });
  private readonly confidences: number[] = [];
  private firstSeenMs: number | null = null;
  private adaptedAtMs = -Infinity;
  private policy: Policy | null = null;
  private limits: BudgetLimits | null = null;
  private present: { readonly threshold: number | null; readonly holdoutRate: number };

  constructor(private readonly parts: TeacherBudgetParts) {
    this.account = new BudgetAccount(parts);
    this.present = { threshold: null, holdoutRate: parts.policy().holdoutRate };
    this.followPolicy();
  }

  /** Null: the teacher can be paid for every row. */
  get threshold(): number | null {
    this.followPolicy();
    return this.present.threshold;
  }

  /** The policy's, or less: as many holdout rows as half of the budget can label. */
  get holdoutRate(): number {
    this.followPolicy();
    return this.present.holdoutRate;
  }

  /** Null while no budget is in force. */
  get state(): BudgetJson | null {
    this.followPolicy();
    if (this.limits === null) return null;
    const { unit, perHour } = this.limits;
    return { unit, perHour, spentLastHour: this.account.spent() };
  }

  ready(rows: number, rowUsd?: number): Promise<void> {
    this.followPolicy();
    return this.account.ready(rows, rowUsd);
  }

  /** @param rowUsd  what a row costs at most, where another teacher than usual is asked. */
  reserve(rows: number, purpose: Purpose, rowUsd?: number): Reservation {
    this.followPolicy();
    return this.account.reserve(rows, purpose, rowUsd);
  }

  /** Takes in what the policy has decided lately. */
  saw({ rows, confidences }: DecidedRows): void {
    const nowMs = this.parts.now();
    this.firstSeenMs ??= nowMs;
    this.rowsSeen.add(nowMs, rows);
    this.confidences.push(...confidences.slice(-confidencesMax));
    const excess = this.confidences.length - confidencesMax;
    if (excess > 0) this.confidences.splice(0, excess);
    this.followPolicy();
    if (this.limits === null || Math.abs(nowMs - this.adaptedAtMs) < adaptEveryMs) return;
    this.adapt();
  }

  close(): Promise<void> {
    return this.account.close();
  }

  /** A policy is replaced, never changed in place. */
  private followPolicy(): void {
    const policy = this.parts.policy();
    if (policy === this.policy) return;
    this.policy = policy;
    const limits = limitsOf(policy, this.parts.costPerRowUsd);
    if (!isSame(limits, this.limits)) this.account.setLimits(limits);
    this.limits = limits;
    this.adapt();
  }

  private adapt(): void {
    const { limits } = this;
    const { mode, holdoutRate } = this.policy!;
    const before = this.present;
    this.adaptedAtMs = this.parts.now();
    this.present =
      limits === null || mode !== 'budget'
        ? { threshold: null, holdoutRate }
        : this.paidFor(limits, holdoutRate);
    const { present } = this;
    if (before.threshold !== present.threshold || before.holdoutRate !== present.holdoutRate)
      this.parts.onChange();
  }

  private paidFor(limits: BudgetLimits, holdoutRateMax: number): TeacherBudget['present'] {
    const rowsPerHour = this.rowsPerHour();
    if (rowsPerHour === 0) return { threshold: null, holdoutRate: holdoutRateMax };
    const evenly = refillPerHour(limits) / limits.perRow;
    const holdoutRate = Math.min(holdoutRateMax, (labelShare * evenly) / rowsPerHour);
    // A bucket that is half full is as it should be.
    const callsPerHour = evenly * 2 * Math.max(0, this.account.fill());
    const share = affordableShare({ rowsPerHour, callsPerHour, holdoutRate });
    return {
      threshold: budgetThreshold(Float64Array.from(this.confidences), share),
      holdoutRate,
    };
  }

  private rowsPerHour(): number {
    const nowMs = this.parts.now();
    const seenMs = Math.max(rateMsMin, nowMs - (this.firstSeenMs ?? nowMs));
    return (this.rowsSeen.total(nowMs) * hourMs) / Math.min(rateSpanMs, seenMs);
  }
}

/** Null where nothing is limited: no budget, or a teacher that costs nothing. */
function limitsOf({ teacherBudget }: Policy, costPerRowUsd: number): BudgetLimits | null {
  if (teacherBudget === null) return null;
  const { callsPerHour, usdPerHour } = teacherBudget;
  if (callsPerHour !== undefined) return { unit: 'calls', perHour: callsPerHour, perRow: 1 };
  if (costPerRowUsd === 0) return null;
  return { unit: 'usd', perHour: usdPerHour!, perRow: costPerRowUsd };
}

const isSame = (one: BudgetLimits | null, other: BudgetLimits | null): boolean =>
  one?.unit === other?.unit && one?.perHour === other?.perHour && one?.perRow === other?.perRow;
