import { CaptureFailedError } from '../errors.js';

/** Why the rows of a call are not in the log. */
export interface CallFailure {
  readonly message: string;
  /** They themselves are at fault (an id that is there, a value that can not be kept). */
  readonly isOfRows: boolean;
}

/** In the details of such an error. */
export const rowFault = { isOfRows: true } as const;

/** Tells whether a log has refused rows for what they are: it takes others. */
export const isOfRows = (error: unknown): boolean =>
  error instanceof CaptureFailedError && error.details['isOfRows'] === true;
