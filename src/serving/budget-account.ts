import { RecentSum, type SavedSum } from './recent-sum.js';

export type BudgetUnit = 'calls' | 'usd';

export interface BudgetLimits {
  readonly unit: BudgetUnit;
  /** Units that may be spent in any hour. */
  readonly perHour: number;
  /** Units that one row costs at most, > 0. */
  readonly perRow: number;
}

/** For a caller who waits, or for the log. */
export type Purpose = 'answer' | 'label';

/** What was spent in the last hour, and what may have been spent since this was written. */
export interface SavedAccount {
  readonly calls: SavedSum;
  readonly usd: SavedSum;
  readonly ahead: Readonly<Record<BudgetUnit, number>>;
}

/** Rows for which there is money. Settle or release it once. */
export interface Reservation {
  /** At most as many as were asked for. */
  readonly rows: number;
  /**
   * @param costUsd    what was billed, or may have been.
   * @param askedRows  rows that the teacher was asked about; default all.
   */
  settle(costUsd: number, askedRows?: number): void;
  /** The teacher has never heard of these rows. */
  release(): void;
}

export interface BudgetAccountParts {
  readonly saved: SavedAccount | null;
  /** Resolves when it is on disk. */
  readonly save: (saved: SavedAccount) => Promise<void>;
  readonly onUnsaved: (error: unknown) => void;
  readonly now: () => number;
}

const hourMs = 3_600_000;
const cellMs = 10_000;
/** Share of an hour's budget that can be spent at once: two minutes' worth. */
const burstShare = 1 / 30;
/** Rows that can be spent at least before the file must be written: a batch of the labeller. */
const rowsAhead = 32;
/** Between two writes of the file, ms. */
const writeEveryMs = 1000;
const units: readonly BudgetUnit[] = ['calls', 'usd'];

/**
 * Keeps a teacher's budget: in any hour no more is spent than `perHour`, whatever happens at once,
 * and after a crash too.
 *
 * A row is paid for before its call, and counts from then until an hour after its answer, so that
 * no hour holds more calls than were paid for in it. Answers are paid from a bucket that fills
 * evenly over the hour; labels of holdout rows go first: they are only bound by the hour, and what
 * they take is missing in the bucket. What may be spent before the next write of the file is
 * written down ahead, and counts as spent after a crash.
 */
export class BudgetAccount {
  private readonly sums: Readonly<Record<BudgetUnit, RecentSum>>;
  private limits: BudgetLimits | null = null;
  private level = 0;
  private levelAtMs: number;
  /** Spent since what was written last. */
  private readonly unsaved: Record<BudgetUnit, number> = { calls: 0, usd: 0 };
  private writing: Promise<void> | null = null;
  private timer: NodeJS.Timeout | null = null;
  private writtenAtMs = -Infinity;
  private isDirty = false;

  constructor(private readonly parts: BudgetAccountParts) {
    const { saved, now } = parts;
    const sum = (unit: BudgetUnit): RecentSum => {
      const found = new RecentSum({ spanMs: hourMs, cellMs, saved: saved?.[unit] ?? [] });
      const ahead = saved?.ahead[unit] ?? 0;
      if (ahead > 0) found.add(now(), ahead);
      return found;
    };
    this.sums = { calls: sum('calls'), usd: sum('usd') };
    this.levelAtMs = now();
  }

  /** Sets what may be spent; null: nothing is limited, nor counted. */
  setLimits(limits: BudgetLimits | null): void {
    this.limits = limits;
    if (limits === null) return;
    this.level = capacityOf(limits); // What the hour has spent binds all the same.
    this.levelAtMs = this.parts.now();
    this.write(); // What may be spent ahead has changed.
  }

  /**
   * Pays for as many of the rows as fit.
   *
   * @param rowUsd  what one of them costs at most, where that is not what rows usually do.
   */
  reserve(rows: number, purpose: Purpose, rowUsd?: number): Reservation {
    const { limits } = this;
    if (limits === null || rows === 0) return unlimited(rows);
    const { unit, perHour } = limits;
    const perRow = unit === 'usd' ? (rowUsd ?? limits.perRow) : limits.perRow;
    this.makeRoomFor(perRow);
    this.refill();
    const atMs = this.parts.now();
    const left = Math.min(
      perHour - this.sums[unit].total(atMs),
      aheadOf(this.limits!) - this.unsaved[unit],
      purpose === 'answer' ? this.level : Infinity,
    );
    const room = perRow === 0 ? rows : Math.floor(left / perRow + roundingError);
    const fit = Math.min(rows, Math.max(0, room));
    if (fit === 0) return unlimited(0);
    const usd = unit === 'usd' ? fit * perRow : 0;
    this.spend(atMs, { calls: fit, usd });
    return {
      rows: fit,
      settle: (costUsd, askedRows = fit) => {
        this.spend(atMs, { calls: -fit, usd: -usd });
        this.spend(this.parts.now(), { calls: askedRows, usd: costUsd });
      },
      release: () => this.spend(atMs, { calls: -fit, usd: -usd }),
    };
  }

  /** Units spent in the last hour. */
  spent(): number {
    return this.limits === null ? 0 : this.spentOf(this.limits.unit);
  }

  /** The same of one unit, whatever is limited now. */
  spentOf(unit: BudgetUnit): number {
    return this.sums[unit].total(this.parts.now());
  }

  /** How full the bucket is that answers are paid from, at most 1; below 0 after many labels. */
  fill(): number {
    if (this.limits === null) return 1;
    this.refill();
    return this.level / capacityOf(this.limits);
  }

  /** Writes down that nothing more is spent. */
  async close(): Promise<void> {
    if (this.limits === null) return;
    this.limits = null;
    this.clearTimer();
    await this.writing;
    await this.parts.save(this.snapshot({ calls: 0, usd: 0 }));
  }

  /** The bucket grows by what it lacks for the dearest row, which could never be paid for else. */
  private makeRoomFor(perRow: number): void {
    const before = this.limits!;
    if (perRow <= before.perRow) return;
    this.limits = { ...before, perRow };
    this.level += capacityOf(this.limits) - capacityOf(before);
    this.write(); // So does what may be spent ahead.
  }

  private refill(): void {
    const nowMs = this.parts.now();
    const passedMs = Math.max(0, nowMs - this.levelAtMs);
    this.levelAtMs = nowMs;
    const filled = this.level + (refillPerHour(this.limits!) * passedMs) / hourMs;
    this.level = Math.min(capacityOf(this.limits!), filled);
  }

  private spend(atMs: number, amounts: Readonly<Record<BudgetUnit, number>>): void {
    for (const unit of units) {
      this.sums[unit].add(atMs, amounts[unit]);
      // What is given back may be on the disk with an older time: it makes no room ahead.
      this.unsaved[unit] += Math.max(0, amounts[unit]);
    }
    if (this.limits === null) return;
    this.level -= amounts[this.limits.unit];
    this.write();
  }

  /** At once where little is left ahead, else with what follows. */
  private write(): void {
    this.isDirty = true;
    if (this.writing !== null || this.limits === null) return;
    const isUrgent = this.unsaved[this.limits.unit] > aheadOf(this.limits) / 2;
    const waitMs = isUrgent ? 0 : this.writtenAtMs + writeEveryMs - performance.now();
    if (waitMs > 0) this.timer ??= setTimeout(() => this.writeNow(), waitMs).unref();
    else this.writeNow();
  }

  private writeNow(): void {
    this.clearTimer();
    if (this.writing !== null || this.limits === null) return;
    this.writing = this.writeOnce(this.limits).finally(() => {
      this.writing = null;
      if (this.isDirty) this.write();
    });
  }

  private async writeOnce(limits: BudgetLimits): Promise<void> {
    this.isDirty = false;
    const covered = { ...this.unsaved };
    const ahead = { calls: 0, usd: 0, [limits.unit]: aheadOf(limits) };
    this.writtenAtMs = performance.now();
    try {
      await this.parts.save(this.snapshot(ahead));
      for (const unit of units) this.unsaved[unit] -= covered[unit];
    } catch (error) {
      this.parts.onUnsaved(error); // What is left ahead can be spent, and no more.
    }
  }

  private clearTimer(): void {
    clearTimeout(this.timer ?? undefined);
    this.timer = null;
  }

  private snapshot(ahead: SavedAccount['ahead']): SavedAccount {
    const { calls, usd } = this.sums;
    const nowMs = this.parts.now();
    calls.total(nowMs); // Forgets what is past.
    usd.total(nowMs);
    return { calls: calls.save(), usd: usd.save(), ahead };
  }
}

/** Sums of money are off by so many rows at most: 0.3 / 0.1 is 3 rows. */
const roundingError = 1e-9;

/** Of the bucket, at least one row: else nothing could ever be paid from it. */
const capacityOf = ({ perHour, perRow }: BudgetLimits): number =>
  Math.max(perHour * burstShare, perRow);

/** A full bucket, and what runs into it in an hour, are the hour's budget together. */
export const refillPerHour = ({ perHour }: BudgetLimits): number => perHour * (1 - burstShare);

const aheadOf = ({ perHour, perRow }: BudgetLimits): number =>
  Math.max(perHour * burstShare, Math.min(perHour, rowsAhead * perRow));

const unlimited = (rows: number): Reservation => ({ rows, settle() {}, release() {} });
