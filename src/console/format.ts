/** Thin spaces group thousands in every language the same way. */
const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const dayAndClock = new Intl.DateTimeFormat(undefined, {
  dateStyle: 'medium',
  timeStyle: 'medium',
});

export const formatCount = (count: number): string =>
  grouped.format(count).replaceAll(',', '\u2009');

/** `1 row`, `2 000 rows`. */
export const formatRows = (rows: number): string =>
  `${formatCount(rows)} ${rows === 1 ? 'row' : 'rows'}`;

/** 0.9366 -> `93.7 %`; never rounds to 100 % or 0 % what is not. */
export function formatShare(share: number, digits = 1): string {
  const percent = share * 100;
  const step = 10 ** -digits;
  if (share < 1 && percent > 100 - step / 2) return `${(100 - step).toFixed(digits)}\u00a0%`;
  if (share > 0 && percent < step / 2) return `under ${step.toFixed(digits)}\u00a0%`;
  return `${percent.toFixed(Number.isInteger(percent) ? 0 : digits)}\u00a0%`;
}

/** Money of any size: 1.5 -> `$1.50`, 0.001 -> `$0.001`, 2.45e-9 -> `under $0.000001`. */
export function formatUsd(usd: number): string {
  const amount = Math.abs(usd);
  const sign = usd < 0 ? '\u2212' : '';
  if (amount === 0) return '$0';
  if (amount < 1e-6) return `under $0.000001`;
  if (amount < 0.01)
    return `${sign}$${Number(amount.toPrecision(2)).toFixed(6).replace(/0+$/, '')}`;
  if (amount < 1000) return `${sign}$${amount.toFixed(2)}`;
  return `${sign}$${formatCount(amount)}`;
}

/** A sum that one reads as money: cents are the smallest unit. */
export function formatSum(usd: number): string {
  if (Math.abs(usd) < 0.005) return '$0.00';
  return formatUsd(usd);
}

export function formatMs(ms: number): string {
  if (ms < 0.005) return '0 ms';
  if (ms < 1) return `${ms.toFixed(2)} ms`;
  if (ms < 100) return `${ms.toFixed(1)} ms`;
  return ms < 10_000 ? `${formatCount(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** How long something takes, for people: `under 1 s`, `12 s`, `3 min`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return 'under 1 s';
  if (ms < 90_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 90 * 60_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 36 * 3_600_000) return `${Math.round(ms / 3_600_000)} h`;
  return `${Math.round(ms / 86_400_000)} days`;
}

export function formatAgo(atMs: number, nowMs: number): string {
  const ms = nowMs - atMs;
  return ms < 2000 ? 'just now' : `${formatDuration(ms)} ago`;
}

export const formatClock = (atMs: number): string => clock.format(atMs);
export const formatMoment = (atMs: number): string => dayAndClock.format(atMs);

/** 407531 -> `408 kB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1e6) return `${formatCount(bytes / 1e3)} kB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** 101632 -> `0.10 M`. */
export const formatMillions = (count: number): string =>
  count < 1e9 ? `${(count / 1e6).toPrecision(2)} M` : `${(count / 1e9).toPrecision(2)} G`;

/** `0, 1, 2 ... 9`: enough to know what is meant. */
export function shortList(labels: readonly string[]): string {
  if (labels.length <= 4) return labels.join(', ');
  return `${labels.slice(0, 3).join(', ')} \u2026 ${labels.at(-1) ?? ''}`;
}
