import { OverloadedError, TeacherFailedError, type GatewayError } from '../../errors.js';
import type { HttpClientOptions } from './http-client.js';
import { retryAfterMsOf } from './retry-after.js';

/** Of what a server says, characters in a message. */
const wordsMax = 200;
/** Where a server has too many requests and does not say for how long, s. */
const retryAfterSecondsDefault = 1;
/** The same request may be answered later. 501 and 505 never are. */
const passingStatuses = new Set([
  408, 409, 425, 429, 500, 502, 503, 504, 507, 520, 521, 522, 523, 524, 529,
]);

/**
 * Says what a server's refusal means: too many requests is {OverloadedError}, unless money is what
 * is missing; everything else {TeacherFailedError}. `details` has the `status`, and `retryAfterMs`
 * where the server says how long to wait.
 */
export function failureOfStatus(
  { name, now }: Pick<HttpClientOptions, 'name' | 'now'>,
  { status, headers }: Pick<Response, 'status' | 'headers'>,
  body: string,
): GatewayError {
  const said = saidIn(body);
  const retryAfterMs = retryAfterMsOf(headers, now);
  const details = { status, ...(retryAfterMs === null ? {} : { retryAfterMs }) };
  const says = said.words === '' ? '' : `: "${said.words}"`;
  if (status === 429 && !said.isOutOfMoney) {
    const seconds =
      retryAfterMs === null ? retryAfterSecondsDefault : Math.ceil(retryAfterMs / 1000);
    const message = `Teacher ${name} has too many requests (429)${says}. Ask it less often.`;
    return new OverloadedError(message, seconds, details);
  }
  return new TeacherFailedError(
    `Teacher ${name} answered with status ${status}${says}. ` +
      adviceFor(status, said.isOutOfMoney),
    details,
    { isRetryable: passingStatuses.has(status) && !said.isOutOfMoney },
  );
}

function adviceFor(status: number, isOutOfMoney: boolean): string {
  if (isOutOfMoney) return 'Its account has no money left: no waiting helps.';
  if (status === 401 || status === 403) return 'Check its key: apiKeyEnv names the variable.';
  if (status === 404 || status === 405) return 'Check its url, and the name of its model.';
  if (status >= 300 && status < 400) return 'Give the url that it redirects to: none is followed.';
  if (status === 503 || status === 429) return 'It has no room for now, or is starting.';
  if (status >= 500 || status === 408) return 'Look at its own log.';
  return 'It does not take this request: check how the teacher is set up.';
}

/** What error bodies of known servers say: OpenAI's, OIP's, FastAPI's, RFC 9457's. */
function saidIn(body: string): { readonly words: string; readonly isOutOfMoney: boolean } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return { words: cut(body), isOutOfMoney: false };
  }
  const outer = fieldsOf(parsed);
  const inner = fieldsOf(outer['error']);
  const words = [inner['message'], outer['error'], outer['message'], outer['detail']].find(
    (one) => typeof one === 'string',
  );
  const isOutOfMoney = [inner['code'], inner['type']].includes('insufficient_quota');
  return { words: cut(words ?? body), isOutOfMoney };
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

const cut = (text: string): string => {
  const plain = text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return plain.length > wordsMax ? `${plain.slice(0, wordsMax)}...` : plain;
};
