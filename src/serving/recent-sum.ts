export interface RecentSumOptions {
  /** How far back it sums, ms. */
  readonly spanMs: number;
  /** Width of a cell, ms: what is in one cell is forgotten together. */
  readonly cellMs: number;
  /** As `save` gave it. */
  readonly saved?: SavedSum;
}

/** [cell, amount], oldest first. */
export type SavedSum = readonly (readonly [number, number])[];

/**
 * Sums what happened lately. A cell counts until all of it is past, so that a sum is never less
 * than what the span really holds, and more by one cell at most. What lies in the future counts:
 * the clock may have gone back.
 */
export class RecentSum {
  private readonly cells: Map<number, number>;

  constructor(private readonly options: RecentSumOptions) {
    this.cells = new Map(options.saved ?? []);
  }

  add(atMs: number, amount: number): void {
    const cell = Math.floor(atMs / this.options.cellMs);
    this.cells.set(cell, (this.cells.get(cell) ?? 0) + amount);
  }

  total(nowMs: number): number {
    const { spanMs, cellMs } = this.options;
    const oldest = Math.floor((nowMs - spanMs) / cellMs);
    let sum = 0;
    for (const [cell, amount] of this.cells) {
      if (cell < oldest) this.cells.delete(cell);
      else sum += amount;
    }
    return sum;
  }

  save(): SavedSum {
    return [...this.cells].sort(([one], [other]) => one - other);
  }
}
