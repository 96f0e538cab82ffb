import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as errors from '../../src/errors.js';
import { receivedError, sentError, type SentError } from '../../src/threads/sent-error.js';

const details = { field: 'input', rows: 3, isLate: true };

/** One of each code: a missing one does not compile. */
const thrown: Readonly<Record<errors.ErrorCode, errors.GatewayError>> = {
  INVALID_INPUT: new errors.InvalidInputError('said', details),
  UNAUTHENTICATED: new errors.UnauthenticatedError('said', details),
  UNKNOWN_TASK: new errors.UnknownTaskError('cats', ['dogs', 'birds']),
  NOT_FOUND: new errors.NotFoundError('said', details),
  METHOD_NOT_ALLOWED: new errors.MethodNotAllowedError('said', details),
  FORBIDDEN: new errors.ForbiddenError('said', details),
  BODY_TOO_LARGE: new errors.BodyTooLargeError('said', details),
  UNSUPPORTED_MEDIA_TYPE: new errors.UnsupportedMediaTypeError('said', details),
  HEADERS_TOO_LARGE: new errors.HeadersTooLargeError('said', details),
  EXPECTATION_FAILED: new errors.ExpectationFailedError('said', details),
  REQUEST_TIMEOUT: new errors.RequestTimeoutError('said', details),
  CONFLICT: new errors.ConflictError('said', details),
  INVALID_CONFIG: new errors.InvalidConfigError('said', details),
  INVALID_BUNDLE: new errors.InvalidBundleError('said', details),
  INVALID_MODEL_OUTPUT: new errors.InvalidModelOutputError('said', details),
  TEACHER_TIMEOUT: new errors.TeacherTimeoutError('said', details),
  TEACHER_FAILED: new errors.TeacherFailedError('said', details),
  TEACHER_UNAVAILABLE: new errors.TeacherUnavailableError('said', 7000, details),
  OVERLOADED: new errors.OverloadedError('said', 7, details),
  CANCELLED: new errors.CancelledError('said', details),
  CAPTURE_FAILED: new errors.CaptureFailedError('said', details),
  STORAGE_FAILED: new errors.StorageFailedError('said', details),
  DISTILLATION_FAILED: new errors.DistillationFailedError('said', details),
};

/** There and back, as a message between threads or processes. */
const travelled = (error: unknown): Error =>
  receivedError(JSON.parse(JSON.stringify(sentError(error))) as SentError);

describe('an error that travels between processes', () => {
  for (const [code, error] of Object.entries(thrown))
    it(`is what it was: ${code}`, () => {
      const back = travelled(error);

      assert.equal(back.constructor, error.constructor);
      assert.ok(back instanceof errors.GatewayError);
      assert.deepEqual(
        [back.code, back.message, back.name, back.details, back.isRetryable],
        [code, error.message, error.name, error.details, error.isRetryable],
      );
    });

  it('says when to try again', () => {
    const back = travelled(thrown.OVERLOADED);

    assert.ok(back instanceof errors.OverloadedError);
    assert.equal(back.retryAfterSeconds, 7);
  });

  it('says that no waiting helps, where none does', () => {
    const options = { isRetryable: false };
    const back = travelled(new errors.ConflictError('said', {}, options));

    assert.ok(back instanceof errors.ConflictError);
    assert.equal(back.isRetryable, false);
  });

  it('is a plain one where it was none of ours', () => {
    for (const foreign of [new RangeError('odd'), 'odd', new Error('odd')]) {
      const back = travelled(foreign);

      assert.equal(back.constructor, Error);
      assert.equal(back.message, 'odd');
    }
  });
});
