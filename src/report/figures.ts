import type { IntervalJson } from '../http/api-types.js';
import type { PairedJson } from '../http/api-types-evaluation.js';
import { percent } from '../task/percent.js';

/** `95.2 % (93.1 to 96.8)`; `-` where there are no rows. */
export function withInterval(interval: IntervalJson | null): string {
  if (interval === null || interval.rows === 0) return '-';
  const { estimate, low, high } = interval;
  return `${percent(estimate)} (${points(low)} to ${points(high)})`;
}

/** `+1.3 points (-0.4 to +3.0)`; `-` where nothing was compared. */
export const differenceOf = (paired: PairedJson | null): string =>
  paired === null
    ? '-'
    : `${signed(paired.difference)} points (${signed(paired.low)} to ${signed(paired.high)})`;

/** In words, with the test; null where nothing was compared. */
export const testWords = (
  { rows, gained, lost, p }: PairedJson,
  { student, other }: { readonly student: string; readonly other: string },
): string =>
  `of ${rows} rows ${student} alone has ${gained} right, ${other} alone ${lost} ` +
  `(exact McNemar test, two-sided: p = ${chance(p)})`;

/** `0.031`; `1`; `< 0.0001` */
export const chance = (p: number): string =>
  p < 0.0001 ? '< 0.0001' : String(Number(p.toPrecision(2)));

export const bytesWords = (bytes: number): string => `${bytes.toLocaleString('en')} bytes`;
export const msWords = (ms: number): string => `${Number(ms.toPrecision(3))} ms`;

const points = (share: number): string => (share * 100).toFixed(1);
const signed = (share: number): string => `${share > 0 ? '+' : ''}${points(share)}`;
