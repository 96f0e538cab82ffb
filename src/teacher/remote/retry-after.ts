/** Longer waits, ms, are no advice to retry: a day. */
const waitMsMax = 86_400_000;

/**
 * Reads how long a server asks its clients to wait: `retry-after-ms`, which servers of the OpenAI
 * API send, or `retry-after` in seconds or as a date.
 *
 * @param now  ms since the epoch.
 * @returns    ms, 0 or more; null where nothing is said, or nothing that can be read.
 * @see RFC 9110, section 10.2.3
 */
export function retryAfterMsOf(headers: Pick<Headers, 'get'>, now: () => number): number | null {
  const ms = numberIn(headers.get('retry-after-ms'));
  if (ms !== null) return clamp(ms);
  const text = headers.get('retry-after');
  const seconds = numberIn(text);
  if (seconds !== null) return clamp(seconds * 1000);
  // A date has names; of "-5" the runtime would make one, too, long ago.
  const atMs = /[a-z]{3}/i.test(text ?? '') ? Date.parse(text!) : NaN;
  return Number.isNaN(atMs) ? null : clamp(atMs - now());
}

const numberIn = (text: string | null): number | null =>
  text !== null && /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : null;

const clamp = (ms: number): number => Math.min(waitMsMax, Math.max(0, Math.round(ms)));
