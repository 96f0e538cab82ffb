import { TeacherFailedError } from '../../errors.js';

/** No waiting helps: the certificate, or the protocol, is wrong. */
const lastingCodes = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_|ERR_SSL_|ERR_INVALID_URL)/;

/** @param cause  what `fetch` threw. */
export function unreachable(name: string, cause: unknown): TeacherFailedError {
  const reason = reasonOf(cause);
  return new TeacherFailedError(
    `Teacher ${name} can not be reached, or has broken off: ${reason}. Check that its server ` +
      'runs, and its URL.',
    { reason },
    { cause, isRetryable: !lastingCodes.test(reason) },
  );
}

/** `fetch` says "fetch failed", and what has happened in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no reason given';
  const { cause } = error;
  if (cause instanceof AggregateError && cause.errors.length > 0) return reasonOf(cause.errors[0]);
  if (cause instanceof Error) return reasonOf(cause);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null;
  return code ?? error.message.slice(0, 80);
}
