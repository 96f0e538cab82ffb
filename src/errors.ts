/** Every failure a caller can tell apart. A new member breaks `http/status.ts` until it has one. */
export type ErrorCode =
  | 'INVALID_INPUT'
  | 'UNAUTHENTICATED'
  | 'UNKNOWN_TASK'
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'FORBIDDEN'
  | 'BODY_TOO_LARGE'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'HEADERS_TOO_LARGE'
  | 'EXPECTATION_FAILED'
  | 'REQUEST_TIMEOUT'
  | 'CONFLICT'
  | 'INVALID_CONFIG'
  | 'INVALID_BUNDLE'
  | 'INVALID_MODEL_OUTPUT'
  | 'TEACHER_TIMEOUT'
  | 'TEACHER_FAILED'
  | 'TEACHER_UNAVAILABLE'
  | 'OVERLOADED'
  | 'CANCELLED'
  | 'CAPTURE_FAILED'
  | 'STORAGE_FAILED'
  | 'DISTILLATION_FAILED';

export type ErrorDetails = Readonly<Record<string, string | number | boolean>>;

/**
 * Base of all expected failures. Programmer errors stay plain `TypeError`, `RangeError` or
 * `AssertionError`, and become an opaque 500.
 */
export abstract class GatewayError extends Error {
  abstract readonly code: ErrorCode;
  /** True when the same request may succeed later without being changed. */
  abstract readonly isRetryable: boolean;

  constructor(
    message: string,
    readonly details: ErrorDetails = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** A failure that may pass by itself, but for those of its kind that no waiting helps. */
abstract class OftenRetryableError extends GatewayError {
  readonly isRetryable: boolean;

  /** @param options  isRetryable: false where only another request helps; default true. */
  constructor(
    message: string,
    details: ErrorDetails = {},
    { isRetryable = true, ...options }: ErrorOptions & { readonly isRetryable?: boolean } = {},
  ) {
    super(message, details, options);
    this.isRetryable = isRetryable;
  }
}

/** The caller can mend it: `details` names the `field`, what was `expected` and what was `got`. */
export class InvalidInputError extends GatewayError {
  readonly code = 'INVALID_INPUT';
  readonly isRetryable = false;
}

/** The gateway has API keys, and the request has none that it knows. */
export class UnauthenticatedError extends GatewayError {
  readonly code = 'UNAUTHENTICATED';
  readonly isRetryable = false;
}

export class UnknownTaskError extends GatewayError {
  readonly code = 'UNKNOWN_TASK';
  readonly isRetryable = false;

  constructor(task: string, known: readonly string[]) {
    const served = known.join(', ') || 'none';
    super(`There is no task "${task}". Tasks served here: ${served}.`, { task, served });
  }
}

export class NotFoundError extends GatewayError {
  readonly code = 'NOT_FOUND';
  readonly isRetryable = false;
}

export class MethodNotAllowedError extends GatewayError {
  readonly code = 'METHOD_NOT_ALLOWED';
  readonly isRetryable = false;
}

export class ForbiddenError extends GatewayError {
  readonly code = 'FORBIDDEN';
  readonly isRetryable = false;
}

export class BodyTooLargeError extends GatewayError {
  readonly code = 'BODY_TOO_LARGE';
  readonly isRetryable = false;
}

export class UnsupportedMediaTypeError extends GatewayError {
  readonly code = 'UNSUPPORTED_MEDIA_TYPE';
  readonly isRetryable = false;
}

export class HeadersTooLargeError extends GatewayError {
  readonly code = 'HEADERS_TOO_LARGE';
  readonly isRetryable = false;
}

/** The header `expect` asks for something else than `100-continue`. */
export class ExpectationFailedError extends GatewayError {
  readonly code = 'EXPECTATION_FAILED';
  readonly isRetryable = false;
}

/** The request itself did not arrive in time. */
export class RequestTimeoutError extends GatewayError {
  readonly code = 'REQUEST_TIMEOUT';
  readonly isRetryable = true;
}

/** The request is fine, but what it asks for cannot be done in the present state. */
export class ConflictError extends OftenRetryableError {
  readonly code = 'CONFLICT';
}

export class InvalidConfigError extends GatewayError {
  readonly code = 'INVALID_CONFIG';
  readonly isRetryable = false;
}

/** A bundle on disk cannot be trusted: missing file, wrong checksum, model that does not load. */
export class InvalidBundleError extends GatewayError {
  readonly code = 'INVALID_BUNDLE';
  readonly isRetryable = false;
}

export class InvalidModelOutputError extends GatewayError {
  readonly code = 'INVALID_MODEL_OUTPUT';
  readonly isRetryable = false;
}

/** The teacher gave no answer in time. The student's answer may still be served, as `degraded`. */
export class TeacherTimeoutError extends GatewayError {
  readonly code = 'TEACHER_TIMEOUT';
  readonly isRetryable = true;
}

export class TeacherFailedError extends OftenRetryableError {
  readonly code = 'TEACHER_FAILED';
}

/** The teacher was not even asked: it has failed too often of late, and is left alone. */
export class TeacherUnavailableError extends GatewayError {
  readonly code = 'TEACHER_UNAVAILABLE';
  readonly isRetryable = true;

  /** @param waitMs  until it may be asked again, ms. */
  constructor(
    message: string,
    readonly waitMs: number,
    details: ErrorDetails = {},
  ) {
    super(message, { ...details, retryAfterMs: Math.ceil(waitMs) });
  }
}

/** As V8 has it; the types of a browser do not know it. */
const limited = Error as { stackTraceLimit?: number | undefined };

/** A bounded queue is full. Without a stack, which would be most of what a refusal costs. */
export class OverloadedError extends GatewayError {
  readonly code = 'OVERLOADED';
  readonly isRetryable = true;

  constructor(
    message: string,
    readonly retryAfterSeconds: number,
    details: ErrorDetails = {},
  ) {
    const { stackTraceLimit } = limited;
    limited.stackTraceLimit = 0;
    super(message, { ...details, retryAfterSeconds });
    limited.stackTraceLimit = stackTraceLimit;
  }
}

/** The caller hung up or ran out of its own `timeoutMs` before there was an answer. */
export class CancelledError extends GatewayError {
  readonly code = 'CANCELLED';
  readonly isRetryable = true;
}

/** The capture log could not commit a row: the teacher's answer is not given out without it. */
export class CaptureFailedError extends GatewayError {
  readonly code = 'CAPTURE_FAILED';
  readonly isRetryable = true;
}

/** A file of the data directory could not be written: nothing has changed. */
export class StorageFailedError extends GatewayError {
  readonly code = 'STORAGE_FAILED';
  readonly isRetryable = true;
}

export class DistillationFailedError extends GatewayError {
  readonly code = 'DISTILLATION_FAILED';
  readonly isRetryable = true;
}
