import { GatewayError } from '../errors.js';
import type { Log } from '../telemetry/log.js';
import { createSampler } from '../telemetry/sampler.js';
import { httpStatusOf } from './status.js';

/** The same failure is written down at most this often, ms. */
const everyMs = 10_000;

/**
 * Writes down what failed a request through no fault of its caller: the answer says little of what
 * is inside, so the log must have the cause. What callers can mend themselves is only counted.
 */
export function createFailureLog(log: Log, now: () => number): (error: unknown) => void {
  const sample = createSampler(everyMs, now);
  return (err) => {
    if (!(err instanceof GatewayError)) {
      log.error('error-unexpected', { err });
      return;
    }
    const { code } = err;
    const status = httpStatusOf[code];
    if (status < 500 || code === 'CANCELLED') return;
    const sampled = sample(code);
    if (sampled === null) return;
    const level = status === 500 ? 'error' : 'warn';
    log[level]('request-failed', { code, ...sampled, err });
  };
}
