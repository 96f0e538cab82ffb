/** Each unit is used up to the next one's size, counted in itself. */
const units = [
  { name: 's', ms: 1000 },
  { name: 'min', ms: 60_000 },
  { name: 'h', ms: 3_600_000 },
  { name: 'days', ms: 86_400_000 },
] as const;

/** An expected time in words, two digits at most: `about 3 h`, `under 1 s`, `about 2.5 days`. */
export function aboutDuration(durationMs: number): string {
  if (durationMs < 1000) return 'under 1 s';
  const unit = units.findLast(({ ms }) => durationMs >= ms * 1.5) ?? units[0];
  const count = Number((durationMs / unit.ms).toPrecision(2));
  return `about ${count} ${unit.name}`;
}
