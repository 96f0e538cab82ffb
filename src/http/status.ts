import type { ErrorCode } from '../errors.js';

/** The only place where a domain failure meets an HTTP status. */
export const httpStatusOf: Readonly<Record<ErrorCode, number>> = {
  INVALID_INPUT: 400,
  FORBIDDEN: 403,
  UNKNOWN_TASK: 404,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  CONFLICT: 409,
  BODY_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  INVALID_CONFIG: 500,
  INVALID_BUNDLE: 500,
  INVALID_MODEL_OUTPUT: 500,
  DISTILLATION_FAILED: 500,
  TEACHER_FAILED: 502,
  OVERLOADED: 503,
  CAPTURE_FAILED: 503,
  TEACHER_TIMEOUT: 504,
  CANCELLED: 504,
};
