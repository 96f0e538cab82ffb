import { nothingBilled, sumOf } from '../teacher/resilience/bill-meter.js';
import type { Bill, Purse } from '../teacher/teacher.js';
import type { Budget, Purpose, Reservation } from './budget-account.js';
import { createVainBill, type VainBill } from './vain-bill.js';

export interface CallPurse extends Purse {
  /** Who asked waits no longer: what is not held goes back, and attempts settle as they end. */
  close(): void;
  /** What came of it for whoever asked, or is where it counts as spent. */
  readonly given: VainBill['given'];
}

export interface PurseOptions {
  readonly purpose: Purpose;
  /** What was set aside for each row: US dollars. */
  readonly rowUsd: number;
  /** What was set aside. */
  readonly reservation: Reservation;
  /** Hears of US dollars that came to nobody, when all is known, and of what is added later. */
  readonly onVain: (usd: number) => void;
}

/**
 * Pays for the attempts of one call: from what was set aside for it, and from the budget where that
 * does not do. What an attempt may cost is held until it ends, and what it has cost is spent.
 */
export function purseOf(
  budget: Budget,
  { purpose, rowUsd, reservation, onVain }: PurseOptions,
): CallPurse {
  const vain = createVainBill(onVain);
  let held = [reservation];
  let free: Bill = { rows: reservation.rows, usd: reservation.rows * rowUsd };
  let spent = nothingBilled;
  let attempts = 0;
  let isClosed = false;

  /** @returns whether so much is free now. */
  function makeRoomFor(wanted: Bill): boolean {
    const lackingUsd = Math.max(0, wanted.usd - free.usd);
    const lackingRows = Math.max(0, wanted.rows - free.rows);
    if (lackingRows === 0 && lackingUsd <= roundingError * wanted.usd) return true;
    const rows = Math.max(1, lackingRows);
    const further = budget.reserve(rows, purpose, lackingUsd / rows);
    if (further.rows < rows) {
      further.release();
      return false;
    }
    held.push(further);
    free = sumOf(free, { rows, usd: lackingUsd });
    return true;
  }

  function settleIfDone(): void {
    if (!isClosed || attempts > 0) return;
    const [first, ...others] = held;
    if (spent.rows === 0 && spent.usd === 0) first?.release();
    else first?.settle(spent.usd, spent.rows);
    for (const one of others) one.release();
    const bill = spent;
    [held, free, spent] = [[], nothingBilled, nothingBilled];
    vain.settled(bill);
  }

  return {
    rowUsd,
    given: vain.given,
    pay(rows, costPerRowUsd) {
      const wanted = { rows, usd: rows * costPerRowUsd };
      if (!makeRoomFor(wanted)) return null;
      free = lessOf(free, wanted);
      attempts++;
      return {
        settle(bill) {
          attempts--;
          spent = sumOf(spent, bill);
          free = sumOf(free, lessOf(wanted, bill)); // Another attempt may have it.
          settleIfDone();
        },
      };
    },
    close() {
      isClosed = true;
      settleIfDone();
    },
  };
}

/** Of sums of money. */
const roundingError = 1e-9;

const lessOf = (one: Bill, other: Bill): Bill => ({
  rows: Math.max(0, one.rows - other.rows),
  usd: Math.max(0, one.usd - other.usd),
});
