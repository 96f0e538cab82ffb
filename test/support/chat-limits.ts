import { jsonReply, type TeacherReply } from './teacher-server.js';

/** What a key may ask for, as OpenAI limits it. */
export interface ChatLimits {
  readonly requestsPerMinute: number;
  readonly tokensPerMinute: number;
  /**
   * So much of a minute may be taken at once, ms; default: all of it. Limits of a minute are often
   * held as so much a second.
   */
  readonly windowMs?: number;
  /** ms; never goes back. */
  readonly nowMs?: () => number;
}

/** Takes what a request needs of both buckets, or refuses it. */
export interface ChatLimiter {
  /** @param tokens  of its prompt, and the most of its answers. */
  take(tokens: number): { readonly refusal: TeacherReply | null; readonly headers: Headers };
}
type Headers = Readonly<Record<string, string>>;

const minuteMs = 60_000;

/**
 * Limits requests and tokens a minute by buckets that fill up evenly, and says so as OpenAI does:
 * every answer how much is left, a refusal (429) how long to wait.
 */
export function createChatLimiter(limits: ChatLimits): ChatLimiter {
  const { nowMs = () => performance.now() } = limits;
  const share = (limits.windowMs ?? minuteMs) / minuteMs;
  const kinds = {
    requests: createBucket(limits.requestsPerMinute, share),
    tokens: createBucket(limits.tokensPerMinute, share),
  };
  const headersNow = (): Headers =>
    Object.fromEntries(
      Object.entries(kinds).flatMap(([kind, bucket]) => [
        [`x-ratelimit-limit-${kind}`, String(bucket.perMinute)],
        [`x-ratelimit-remaining-${kind}`, String(Math.floor(bucket.left))],
        [`x-ratelimit-reset-${kind}`, durationOf(bucket.msUntil(bucket.capacity))],
      ]),
    );

  return {
    take(tokens) {
      const needed = { requests: 1, tokens };
      for (const bucket of Object.values(kinds)) bucket.fill(nowMs());
      for (const kind of ['requests', 'tokens'] as const) {
        const bucket = kinds[kind];
        if (bucket.left >= needed[kind]) continue;
        const headers = headersNow();
        return { refusal: refusalOf(kind, { bucket, needed: needed[kind], headers }), headers };
      }
      kinds.requests.left -= 1;
      kinds.tokens.left -= tokens;
      return { refusal: null, headers: headersNow() };
    },
  };
}

interface Bucket {
  readonly perMinute: number;
  readonly capacity: number;
  left: number;
  fill(nowMs: number): void;
  msUntil(level: number): number;
}

function createBucket(perMinute: number, share: number): Bucket {
  const capacity = perMinute * share;
  let filledAtMs: number | null = null;
  return {
    ...{ perMinute, capacity, left: capacity },
    fill(nowMs) {
      const gained = ((nowMs - (filledAtMs ?? nowMs)) * perMinute) / minuteMs;
      this.left = Math.min(capacity, this.left + gained);
      filledAtMs = nowMs;
    },
    msUntil(level) {
      return (Math.max(0, level - this.left) * minuteMs) / perMinute;
    },
  };
}

function refusalOf(
  kind: 'requests' | 'tokens',
  { bucket, needed, headers }: { bucket: Bucket; needed: number; headers: Headers },
): TeacherReply {
  const name = `${kind} per min (${kind === 'requests' ? 'RPM' : 'TPM'})`;
  const isTooLarge = needed > bucket.capacity; // No waiting helps.
  const waitMs = Math.max(1, Math.ceil(bucket.msUntil(needed)));
  const used = Math.round(bucket.capacity - bucket.left);
  const message = isTooLarge
    ? `Request too large for small in organization org-test on ${name}: Limit ` +
      `${bucket.capacity}, Requested ${needed}. The input or output tokens must be reduced.`
    : `Rate limit reached for small in organization org-test on ${name}: Limit ` +
      `${bucket.capacity}, Used ${used}, Requested ${needed}. Please try again in ` +
      `${durationOf(waitMs)}.`;
  const reply = jsonReply(
    { error: { message, type: kind, param: null, code: 'rate_limit_exceeded' } },
    429,
  );
  const wait = { 'retry-after': String(Math.ceil(waitMs / 1000)) };
  return { ...reply, headers: { ...headers, ...(isTooLarge ? {} : wait) } };
}

/** As Go writes it: `120ms`, `1.5s`, `6m0s`. */
function durationOf(ms: number): string {
  if (ms < 1000) return `${Math.ceil(ms)}ms`;
  const seconds = Math.ceil(ms) / 1000;
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${Math.ceil(seconds % 60)}s`;
}
