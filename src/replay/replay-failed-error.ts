import { setTimeout as sleep } from 'node:timers/promises';

/** What ends a replay and is no bug of ours; the message says it to whoever runs one. */
export class ReplayFailedError extends Error {
  override readonly name = 'ReplayFailedError';
}

/** @param code  null: killed. */
export const gatewayEnded = (code: number | null): ReplayFailedError =>
  new ReplayFailedError(
    `The gateway of this replay ended (${code === null ? 'killed' : `with code ${code}`}). What ` +
      'it wrote to its log stands above. ' +
      (code === null ? 'Memory may have run out: try fewer rows with --rows.' : 'Try once more.'),
  );

/** @param cause  says how it ended. */
export const gatewayNotStarted = (cause: unknown): ReplayFailedError =>
  new ReplayFailedError(
    `The gateway of this replay did not start: ${(cause as Error).message} What it wrote to its ` +
      'log stands above.',
    { cause },
  );

/** A gateway that goes breaks its connections before its end is told, ms. */
const endToldMsMax = 2000;

/**
 * Puts into words that a gateway can not be talked to. Any other failure stays what it is.
 *
 * @param ended  rejects when the gateway has ended.
 */
export async function explainFailure(error: unknown, ended: Promise<never>): Promise<unknown> {
  if (!isOfConnection(error)) return error;
  const end = await Promise.race([ended.catch((why: unknown) => why), sleep(endToldMsMax, null)]);
  if (end !== null) return end;
  return new ReplayFailedError(
    `The gateway of this replay runs, and does not answer (${String(error)}). What it wrote to ` +
      'its log stands above. The machine may be too busy: try once more, or fewer rows (--rows).',
    { cause: error },
  );
}

/** As `node:http` and `fetch` fail: the latter keeps the code in its cause. */
function isOfConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, cause } = error as NodeJS.ErrnoException;
  if (cause !== undefined) return isOfConnection(cause);
  return /^(?:ECONN|EPIPE|ETIMEDOUT|UND_ERR_)/.test(code ?? '');
}
