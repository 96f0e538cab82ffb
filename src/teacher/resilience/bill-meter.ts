import type { Bill, Meter } from '../teacher.js';

export const nothingBilled: Bill = { rows: 0, usd: 0 };

/** Adds up what the requests of one attempt cost: those under way, or lost, the most they can. */
export class BillMeter implements Meter {
  private known: Bill = nothingBilled;
  private readonly underWay = new Set<Bill>();

  open(rows: number, usdMax: number): (costUsd: number | null) => void {
    const most = { rows, usd: usdMax };
    this.underWay.add(most);
    return (costUsd) => {
      if (this.underWay.delete(most) && costUsd !== null)
        this.known = sumOf(this.known, { rows, usd: costUsd });
    };
  }

  bill(): Bill {
    return [...this.underWay].reduce(sumOf, this.known);
  }
}

export const sumOf = (one: Bill, other: Bill): Bill => ({
  rows: one.rows + other.rows,
  usd: one.usd + other.usd,
});
