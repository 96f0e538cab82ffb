import * as errors from '../errors.js';

/** An error on its way to another thread or process: classes do not travel. */
export interface SentError {
  readonly code: errors.ErrorCode | null;
  readonly message: string;
  readonly details: errors.ErrorDetails;
  readonly retryAfterSeconds: number;
  readonly isRetryable: boolean;
}

export function sentError(error: unknown): SentError {
  const isOurs = error instanceof errors.GatewayError;
  return {
    code: isOurs ? error.code : null,
    message: error instanceof Error ? error.message : String(error),
    details: isOurs ? error.details : {},
    retryAfterSeconds: error instanceof errors.OverloadedError ? error.retryAfterSeconds : 1,
    isRetryable: isOurs && error.isRetryable,
  };
}

type Revive = (message: string, details: errors.ErrorDetails, sent: SentError) => Error;
const of =
  (type: new (message: string, details: errors.ErrorDetails) => Error): Revive =>
  (message, details) =>
    new type(message, details);

/** The class of each code: one that is missing does not compile. */
const classes: Readonly<Record<errors.ErrorCode, Revive>> = {
  INVALID_INPUT: of(errors.InvalidInputError),
  UNAUTHENTICATED: of(errors.UnauthenticatedError),
  UNKNOWN_TASK: (_message, { task, served }) =>
    new errors.UnknownTaskError(String(task), [String(served)]),
  NOT_FOUND: of(errors.NotFoundError),
  METHOD_NOT_ALLOWED: of(errors.MethodNotAllowedError),
  FORBIDDEN: of(errors.ForbiddenError),
  BODY_TOO_LARGE: of(errors.BodyTooLargeError),
  UNSUPPORTED_MEDIA_TYPE: of(errors.UnsupportedMediaTypeError),
  HEADERS_TOO_LARGE: of(errors.HeadersTooLargeError),
  EXPECTATION_FAILED: of(errors.ExpectationFailedError),
  REQUEST_TIMEOUT: of(errors.RequestTimeoutError),
  CONFLICT: (message, details, { isRetryable }) =>
    new errors.ConflictError(message, details, { isRetryable }),
  INVALID_CONFIG: of(errors.InvalidConfigError),
  INVALID_BUNDLE: of(errors.InvalidBundleError),
  INVALID_MODEL_OUTPUT: of(errors.InvalidModelOutputError),
  TEACHER_TIMEOUT: of(errors.TeacherTimeoutError),
  TEACHER_FAILED: (message, details, { isRetryable }) =>
    new errors.TeacherFailedError(message, details, { isRetryable }),
  TEACHER_UNAVAILABLE: (message, details) =>
    new errors.TeacherUnavailableError(message, Number(details['retryAfterMs']), details),
  OVERLOADED: (message, details, { retryAfterSeconds }) =>
    new errors.OverloadedError(message, retryAfterSeconds, details),
  CANCELLED: of(errors.CancelledError),
  CAPTURE_FAILED: of(errors.CaptureFailedError),
  STORAGE_FAILED: of(errors.StorageFailedError),
  DISTILLATION_FAILED: of(errors.DistillationFailedError),
};

/** The error as the other side threw it; what was none of ours is a plain `Error`. */
export function receivedError(sent: SentError): Error {
  const { code, message, details } = sent;
  return code === null ? new Error(message) : classes[code](message, details, sent);
}
