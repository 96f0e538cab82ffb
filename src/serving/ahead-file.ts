export type BudgetUnit = 'calls' | 'usd';

export type Amounts = Readonly<Record<BudgetUnit, number>>;

export interface AheadFileParts {
  /**
   * Writes down what was spent until now, and what may be spent after it.
   *
   * @returns resolves when it is on disk.
   */
  readonly save: (ahead: Amounts) => Promise<void>;
  readonly onUnsaved: (error: unknown) => void;
}

/** What may be spent between two writes of the file. */
export interface Ahead {
  readonly unit: BudgetUnit;
  readonly amount: number;
}

/** Between two writes of the file, ms. */
const writeEveryMs = 1000;
const units: readonly BudgetUnit[] = ['calls', 'usd'];

/**
 * Keeps what was spent on disk, without a write for each row: the file says what may be spent after
 * it, and no more than that is. It is written anew a second after something was spent, and at once
 * where little is left.
 */
export class AheadFile {
  private ahead: Ahead | null = null;
  /** What the file on disk says may be spent after it. */
  private written: Amounts = nothing;
  /** Spent since what was written last. */
  private readonly unsaved: Record<BudgetUnit, number> = { ...nothing };
  private writing: Promise<void> | null = null;
  private timer: NodeJS.Timeout | null = null;
  private writtenAtMs = -Infinity;
  private isDirty = false;

  constructor(private readonly parts: AheadFileParts) {}

  /** Null: nothing is written any more. */
  setAhead(ahead: Ahead | null): void {
    this.ahead = ahead;
    if (ahead !== null) this.write();
  }

  /** What may be spent now, in the unit of what may be spent ahead. */
  left(): number {
    if (this.ahead === null) return Infinity;
    const { unit } = this.ahead;
    return this.written[unit] - this.unsaved[unit];
  }

  spent(amounts: Amounts): void {
    // What is given back may be on the disk with an older time: it makes no room ahead.
    for (const unit of units) this.unsaved[unit] += Math.max(0, amounts[unit]);
    this.write();
  }

  /** Resolves when so much may be spent, or as much as is ever ahead; and when writes fail. */
  async ready(amount: number): Promise<void> {
    // The write that is under way may say what was before.
    for (let tries = 0; tries < 2 && this.ahead !== null; tries++) {
      if (this.left() >= Math.min(amount, this.ahead.amount)) return;
      this.writeNow();
      await this.writing;
    }
  }

  /** Writes down that nothing more is spent. */
  async close(): Promise<void> {
    this.ahead = null;
    this.clearTimer();
    await this.writing;
    await this.parts.save(nothing);
  }

  private write(): void {
    this.isDirty = true;
    if (this.writing !== null || this.ahead === null) return;
    const isUrgent = this.unsaved[this.ahead.unit] > this.ahead.amount / 2;
    const waitMs = isUrgent ? 0 : this.writtenAtMs + writeEveryMs - performance.now();
    if (waitMs > 0) this.timer ??= setTimeout(() => this.writeNow(), waitMs).unref();
    else this.writeNow();
  }

  private writeNow(): void {
    this.clearTimer();
    if (this.writing !== null || this.ahead === null) return;
    this.writing = this.writeOnce(this.ahead).finally(() => {
      this.writing = null;
      if (this.isDirty) this.write();
    });
  }

  private async writeOnce({ unit, amount }: Ahead): Promise<void> {
    this.isDirty = false;
    const covered = { ...this.unsaved };
    const ahead = { ...nothing, [unit]: amount };
    this.writtenAtMs = performance.now();
    try {
      await this.parts.save(ahead);
      for (const each of units) this.unsaved[each] -= covered[each];
      this.written = ahead;
    } catch (error) {
      this.parts.onUnsaved(error); // What is left ahead can be spent, and no more.
    }
  }

  private clearTimer(): void {
    clearTimeout(this.timer ?? undefined);
    this.timer = null;
  }
}

const nothing: Amounts = { calls: 0, usd: 0 };
