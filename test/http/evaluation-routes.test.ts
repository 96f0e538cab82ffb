import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import request from 'supertest';
import { NotFoundError } from '../../src/errors.js';
import { openHttpGateway } from '../support/http-gateway.js';

const asked: unknown[] = [];
const gateway = await openHttpGateway({
  async evaluationFile(of, file) {
    asked.push([of, file]);
    if (file === 'thesis.txt') throw new NotFoundError('There is no such file.');
    return file.endsWith('.json') ? '{}' : 'content';
  },
});
const get = (path: string) => request(gateway.server).get(`/v1/tasks/squares/${path}`);

describe('the routes of evaluation pages', () => {
  it('answer with the page of a run and of a version, and with their files by kind', async () => {
    const answers = [
      await get('distillations/run-1/evaluation'),
      await get('students/v3-00000003/evaluation'),
      await get('distillations/run-1/evaluation/risk.svg'),
      await get('students/v3-00000003/evaluation/evaluation.json'),
    ];

    assert.deepEqual(asked.splice(0), [
      [{ run: 'run-1' }, 'evaluation.md'],
      [{ version: 'v3-00000003' }, 'evaluation.md'],
      [{ run: 'run-1' }, 'risk.svg'],
      [{ version: 'v3-00000003' }, 'evaluation.json'],
    ]);
    assert.deepEqual(
      answers.map(({ status, headers }) => [status, headers['content-type']]),
      [
        [200, 'text/markdown; charset=utf-8'],
        [200, 'text/markdown; charset=utf-8'],
        [200, 'image/svg+xml; charset=utf-8'],
        [200, 'application/json; charset=utf-8'],
      ],
    );
    // A picture that is opened by itself runs nothing.
    assert.match(answers[2]!.headers['content-security-policy']!, /default-src 'self'/);
    assert.equal(answers[2]!.headers['x-content-type-options'], 'nosniff');
  });

  it('say what is not there, and take no other method', async () => {
    const missing = await get('distillations/run-1/evaluation/thesis.txt');
    const posted = await request(gateway.server).post(
      '/v1/tasks/squares/distillations/run-1/evaluation',
    );

    assert.deepEqual([missing.status, posted.status], [404, 405]);
  });
});
