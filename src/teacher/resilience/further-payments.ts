import type { Payment, Purse } from '../teacher.js';

/** Pays for the teachers that are asked after the first one, in one call. */
export interface FurtherPayments {
  /** Called before each teacher is asked. @returns false where there is no money for it. */
  payFor(costPerRowUsd: number): boolean;
  /** The one that was just asked has failed, and may have billed it. */
  billed(costPerRowUsd: number): void;
  /** One has answered: whoever asks settles that, and all that failed are on these payments. */
  answered(): void;
  /** None has: whoever asks settles what he has paid, and the rest is on these payments. */
  failed(): void;
}

/**
 * @param purse  undefined: nothing limits what the teachers cost.
 * @param call   paidUsd: what a row was paid with before the call.
 */
export function createFurtherPayments(
  purse: Purse | undefined,
  { rows, paidUsd }: { readonly rows: number; readonly paidUsd: number },
): FurtherPayments {
  const payments: Payment[] = [];
  const bills: number[] = [];
  let isFirst = true;

  /** There is a payment for each bill: a teacher is asked before it can bill anything. */
  function settle(bill: readonly number[]): void {
    payments.forEach((payment, index) => {
      const costUsd = bill[index];
      if (costUsd === undefined) payment.release();
      else payment.settle(costUsd);
    });
  }

  return {
    payFor(costPerRowUsd) {
      const isPaid = bills.length === 0 && costPerRowUsd <= paidUsd;
      if (purse === undefined || isPaid || isFirst) {
        isFirst = false;
        return true;
      }
      const payment = purse.pay(rows, costPerRowUsd);
      if (payment !== null) payments.push(payment);
      return payment !== null;
    },
    billed: (costPerRowUsd) => void bills.push(rows * costPerRowUsd),
    answered: () => settle(bills),
    failed() {
      const sumUsd = bills.reduce((sum, costUsd) => sum + costUsd, 0);
      const beyondUsd = Math.max(0, sumUsd - rows * paidUsd);
      const others = bills.slice(1).map(() => 0); // Calls, where those are counted.
      settle(beyondUsd > 0 ? [beyondUsd, ...others.slice(1)] : others);
    },
  };
}
