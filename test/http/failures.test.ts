import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import request from 'supertest';
import {
  CancelledError,
  CaptureFailedError,
  ConflictError,
  DistillationFailedError,
  InvalidBundleError,
  InvalidConfigError,
  InvalidInputError,
  InvalidModelOutputError,
  OverloadedError,
  TeacherFailedError,
  TeacherTimeoutError,
} from '../../src/errors.js';
import type { ProblemJson } from '../../src/http/api-types.js';
import { createFailureLog } from '../../src/http/failure-log.js';
import { problemOf, problemTitles } from '../../src/http/problem.js';
import { httpStatusOf } from '../../src/http/status.js';
import { RecordingLog } from '../fakes/recording-log.js';
import { openHttpGateway } from '../support/http-gateway.js';

interface Failure {
  readonly error: Error;
  readonly status: number;
  readonly code: string;
  readonly isRetryable: boolean;
  readonly retryAfter?: string;
}

const failures: readonly Failure[] = [
  { error: new ConflictError('No.'), status: 409, code: 'CONFLICT', isRetryable: true },
  {
    error: new ConflictError('Never.', {}, { isRetryable: false }),
    status: 409,
    code: 'CONFLICT',
    isRetryable: false,
  },
  {
    error: new InvalidModelOutputError('NaN.'),
    status: 500,
    code: 'INVALID_MODEL_OUTPUT',
    isRetryable: false,
  },
  {
    error: new InvalidBundleError('Damaged.'),
    status: 422,
    code: 'INVALID_BUNDLE',
    isRetryable: false,
  },
  {
    error: new TeacherFailedError('Down.'),
    status: 503,
    retryAfter: '1',
    code: 'TEACHER_FAILED',
    isRetryable: true,
  },
  {
    error: new TeacherTimeoutError('Late.', { timeoutMs: 250 }),
    status: 503,
    retryAfter: '1',
    code: 'TEACHER_TIMEOUT',
    isRetryable: true,
  },
  { error: new CancelledError('Late.'), status: 504, code: 'CANCELLED', isRetryable: true },
  {
    error: new OverloadedError('Full.', 7, { queuedRows: 4096 }),
    status: 503,
    code: 'OVERLOADED',
    isRetryable: true,
    retryAfter: '7',
  },
  {
    error: new CaptureFailedError('Disk full.'),
    status: 503,
    code: 'CAPTURE_FAILED',
    isRetryable: true,
    retryAfter: '1',
  },
];

const predictWith = async (error: unknown) => {
  const fail = async (): Promise<never> => {
    throw error;
  };
  const gateway = await openHttpGateway({ predict: fail });
  const http = request(gateway.server);
  const response = await http.post('/v1/tasks/squares/predict').send({ input: [0, 0, 0, 0] });
  return { gateway, response, problem: response.body as ProblemJson };
};

describe('a failed prediction', () => {
  for (const { error, status, code, isRetryable, retryAfter } of failures) {
    const howLong = isRetryable ? 'for now' : 'for good';
    it(`with ${code} is answered with ${status}, ${howLong}`, async () => {
      const { gateway, response, problem } = await predictWith(error);

      assert.equal(response.status, status);
      assert.equal(response.type, 'application/problem+json');
      assert.equal(problem.status, status);
      assert.equal(problem.code, code);
      assert.equal(problem.detail, error.message);
      assert.equal(problem.retryable, isRetryable);
      assert.equal(problem.title, problemTitles[problem.code as keyof typeof problemTitles]);
      assert.equal(response.headers['retry-after'], retryAfter);
      assert.deepEqual(gateway.failures, [error]);
    });
  }

  for (const error of [new RangeError('password=hunter2'), 'password=hunter2', undefined]) {
    it(`for a reason that nobody expected says nothing of it: ${typeof error}`, async () => {
      const { gateway, response, problem } = await predictWith(error);

      assert.equal(response.status, 500);
      assert.equal(response.type, 'application/problem+json');
      assert.equal(problem.code, 'INTERNAL');
      assert.doesNotMatch(response.text, /hunter2/);
      assert.deepEqual(gateway.failures, [error]);
    });
  }

  it('says nothing on other routes either', async () => {
    const gateway = await openHttpGateway({
      describe: () => Promise.reject(new TypeError('password=hunter2')),
    });

    const response = await request(gateway.server).get('/v1/tasks/squares');

    assert.equal(response.status, 500);
    assert.equal((response.body as ProblemJson).code, 'INTERNAL');
    assert.doesNotMatch(response.text, /hunter2/);
    assert.equal(gateway.failures.length, 1);
  });
});

describe('problem documents', () => {
  it('have a title and a status for every code', () => {
    const codes = Object.keys(httpStatusOf);
    assert.deepEqual(Object.keys(problemTitles).sort(), [...codes].sort());
    for (const status of Object.values(httpStatusOf)) assert.ok(status >= 400 && status < 600);
  });

  it('name their type by the code, and carry details only where there are some', () => {
    const withDetails = problemOf(new InvalidConfigError('Bad.', { problems: 2 }));
    const without = problemOf(new DistillationFailedError('Crashed.'));

    assert.equal(withDetails.type, 'urn:understudy:problem:invalid-config');
    assert.deepEqual(withDetails.details, { problems: 2 });
    assert.ok(!('details' in without));
  });
});

describe('the log of failures', () => {
  const written = (errors: readonly unknown[], atMs: readonly number[] = []) => {
    const log = new RecordingLog();
    let nowMs = 0;
    const write = createFailureLog(log, () => nowMs);
    errors.forEach((error, index) => {
      nowMs = atMs[index] ?? nowMs;
      write(error);
    });
    return log.lines;
  };

  it('has every failure that nobody expected, with its cause', () => {
    const errors = [new TypeError('x is undefined'), new RangeError('too deep')];
    const lines = written(errors);

    assert.deepEqual(
      lines.map(({ level, event, fields }) => [level, event, fields['err']]),
      errors.map((error) => ['error', 'error-unexpected', error]),
    );
  });

  it('has what failed inside, the disk and the teacher, with its code', () => {
    const lines = written([
      new CaptureFailedError('Disk full.'),
      new TeacherFailedError('Down.'),
      new InvalidModelOutputError('NaN.'),
    ]);

    assert.deepEqual(
      lines.map(({ level, event, fields }) => [level, event, fields['code']]),
      [
        ['warn', 'request-failed', 'CAPTURE_FAILED'],
        ['warn', 'request-failed', 'TEACHER_FAILED'],
        ['error', 'request-failed', 'INVALID_MODEL_OUTPUT'],
      ],
    );
  });

  it('has nothing of what callers do wrong or give up on', () => {
    const lines = written([
      new InvalidInputError('Bad.'),
      new ConflictError('No.'),
      new CancelledError('Gone.'),
    ]);
    assert.deepEqual(lines, []);
  });

  it('has one line in ten seconds of the same failure, and then says how many it left out', () => {
    const down = (): TeacherFailedError => new TeacherFailedError('Down.');
    const lines = written(
      [down(), down(), down(), new CaptureFailedError('Disk full.'), down()],
      [0, 1, 9_999, 9_999, 10_000],
    );

    assert.deepEqual(
      lines.map(({ fields }) => [fields['code'], fields['leftOut']]),
      [
        ['TEACHER_FAILED', 0],
        ['CAPTURE_FAILED', 0],
        ['TEACHER_FAILED', 2],
      ],
    );
  });
});
