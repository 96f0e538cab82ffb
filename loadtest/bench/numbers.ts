/** @throws {RangeError} for an empty list. */
export function medianOf(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('There is no median of nothing.');
  return percentileOf(values, 50);
}

/** The smallest value that so many percent do not exceed (nearest rank); NaN for an empty list. */
export function percentileOf(values: readonly number[], percentile: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.ceil((percentile / 100) * sorted.length);
  return sorted[Math.max(0, rank - 1)] ?? NaN;
}

/** Three significant digits, without an exponent. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return '-';
  return value >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
