import { RecentSum, type SavedSum } from './recent-sum.js';
import { AheadFile, type Amounts, type BudgetUnit } from './ahead-file.js';

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
  readonly ahead: Amounts;
}

/** Rows for which there is money. Settle or release it once. */
export interface Reservation {
  /** At most as many as were asked for. */
  readonly rows: number;
  /** Gives back all but so many rows, at most as many as there are: this one is done with then. */
  trim(rows: number): Reservation;
  /**
   * @param costUsd    what was billed, or may have been.
   * @param askedRows  rows that the teacher was asked about; default all.
   */
  settle(costUsd: number, askedRows?: number): void;
  /** The teacher has never heard of these rows. */
  release(): void;
}

/** Pays for rows before the teacher is asked about them. */
export interface Budget {
  /**
   * Resolves when it is on disk that so much may be spent: at once, as a rule. Who asks `reserve`
   * without it gets no more than what is written already.
   *
   * @param rowUsd  what a row costs at most, where that is not what rows usually do.
   */
  ready(rows: number, rowUsd?: number): Promise<void>;
  /** Pays for as many of the rows as fit. */
  reserve(rows: number, purpose: Purpose, rowUsd?: number): Reservation;
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
/** What labels can take at once: a tenth, for callers then wait six minutes at most. */
const labelBurstShare = 1 / 10;
/** Labels take this share of an hour's budget in the long run: callers have the rest. */
export const labelShare = 0.5;
/**
 * Rows that can be spent before the file must be written: a batch of the labeller, but no more than
 * a tenth of the hour, for that is what a crash costs.
 */
const rowsAhead = 32;
const aheadShare = 1 / 10;

/**
 * Keeps a teacher's budget: in any hour no more is spent than `perHour`, whatever happens at once,
 * and after a crash too.
 *
 * A row is paid for before its call, and counts from then until an hour after its answer, so that
 * no hour holds more calls than were paid for in it. Answers are paid from a bucket that fills
 * evenly over the hour. Labels of holdout rows have a bucket of half that pace, and what they take
 * is missing in the other one. What may be spent before the next write of the file is written down
 * ahead, and counts as spent after a crash.
 */
export class BudgetAccount implements Budget {
  private readonly sums: Readonly<Record<BudgetUnit, RecentSum>>;
  private limits: BudgetLimits | null = null;
  private level = 0;
  private labelLevel = 0;
  private levelAtMs: number;
  private readonly file: AheadFile;

  constructor(private readonly parts: BudgetAccountParts) {
    const { saved, now, save, onUnsaved } = parts;
    const sum = (unit: BudgetUnit): RecentSum => {
      const found = new RecentSum({ spanMs: hourMs, cellMs, saved: saved?.[unit] ?? [] });
      const ahead = saved?.ahead[unit] ?? 0;
      if (ahead > 0) found.add(now(), ahead);
      return found;
    };
    this.sums = { calls: sum('calls'), usd: sum('usd') };
    this.levelAtMs = now();
    this.file = new AheadFile({ save: (ahead) => save(this.snapshot(ahead)), onUnsaved });
  }

  /** Sets what may be spent; null: nothing is limited, nor counted. */
  setLimits(limits: BudgetLimits | null): void {
    this.limits = limits;
    this.file.setAhead(limits && { unit: limits.unit, amount: aheadOf(limits) });
    if (limits === null) return;
    this.level = capacityOf(limits); // What the hour has spent binds all the same.
    this.labelLevel = labelCapacityOf(limits);
    this.levelAtMs = this.parts.now();
  }

  async ready(rows: number, rowUsd?: number): Promise<void> {
    if (this.limits === null || rows === 0) return;
    const perRow = this.priceOf(rowUsd);
    this.makeRoomFor(perRow);
    await this.file.ready(rows * perRow);
  }

  reserve(rows: number, purpose: Purpose, rowUsd?: number): Reservation {
    const { limits } = this;
    if (limits === null || rows === 0) return unlimited(rows);
    const { unit, perHour } = limits;
    const perRow = this.priceOf(rowUsd);
    this.makeRoomFor(perRow);
    this.refill();
    const atMs = this.parts.now();
    const left = Math.min(
      perHour - this.sums[unit].total(atMs),
      this.file.left(),
      purpose === 'answer' ? this.level : this.labelLevel,
    );
    const room = perRow === 0 ? rows : Math.floor(left / perRow + roundingError);
    const fit = Math.min(rows, Math.max(0, room));
    if (fit === 0) return unlimited(0);
    const held = { rows: fit, rowUsd: unit === 'usd' ? perRow : 0, atMs, purpose };
    this.spend(atMs, amountsOf(held, fit), purpose);
    return this.reservationOf(held);
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
    await this.file.close();
  }

  private reservationOf(held: Held): Reservation {
    const { rows, atMs, purpose } = held;
    const giveBack = (some: number): void => this.spend(atMs, amountsOf(held, -some), purpose);
    return {
      rows,
      trim: (kept) => {
        giveBack(rows - kept);
        return this.reservationOf({ ...held, rows: kept });
      },
      settle: (costUsd, askedRows = rows) => {
        giveBack(rows);
        this.spend(this.parts.now(), { calls: askedRows, usd: costUsd }, purpose);
      },
      release: () => giveBack(rows),
    };
  }

  /** Units that a row costs. */
  private priceOf(rowUsd: number | undefined): number {
    const { unit, perRow } = this.limits!;
    return unit === 'usd' ? (rowUsd ?? perRow) : perRow;
  }

  /** The bucket grows by what it lacks for the dearest row, which could never be paid for else. */
  private makeRoomFor(perRow: number): void {
    const before = this.limits!;
    if (perRow <= before.perRow) return;
    this.limits = { ...before, perRow };
    this.level += capacityOf(this.limits) - capacityOf(before);
    this.labelLevel += labelCapacityOf(this.limits) - labelCapacityOf(before);
    this.file.setAhead({ unit: before.unit, amount: aheadOf(this.limits) });
  }

  private refill(): void {
    const nowMs = this.parts.now();
    const passedMs = Math.max(0, nowMs - this.levelAtMs);
    this.levelAtMs = nowMs;
    const filled = (refillPerHour(this.limits!) * passedMs) / hourMs;
    this.level = Math.min(capacityOf(this.limits!), this.level + filled);
    const forLabels = this.labelLevel + filled * labelShare;
    this.labelLevel = Math.min(labelCapacityOf(this.limits!), forLabels);
  }

  private spend(atMs: number, amounts: Amounts, purpose: Purpose): void {
    this.sums.calls.add(atMs, amounts.calls);
    this.sums.usd.add(atMs, amounts.usd);
    this.file.spent(amounts);
    if (this.limits === null) return;
    this.level -= amounts[this.limits.unit];
    if (purpose === 'label') this.labelLevel -= amounts[this.limits.unit];
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

const labelCapacityOf = ({ perHour, perRow }: BudgetLimits): number =>
  Math.max(perHour * labelBurstShare, perRow);

const aheadOf = (limits: BudgetLimits): number =>
  Math.max(capacityOf(limits), Math.min(limits.perHour * aheadShare, rowsAhead * limits.perRow));

/** What a reservation holds: it counts from when it was made. */
interface Held {
  readonly rows: number;
  readonly rowUsd: number;
  readonly atMs: number;
  readonly purpose: Purpose;
}

const amountsOf = ({ rowUsd }: Held, rows: number): Amounts => ({
  calls: rows,
  usd: rows * rowUsd,
});

/** Of rows that nothing limits. */
export const unlimited = (rows: number): Reservation => ({
  rows,
  trim: unlimited,
  settle() {},
  release() {},
});
