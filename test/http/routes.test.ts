import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import request from 'supertest';
import { NotFoundError } from '../../src/errors.js';
import type { PolicyJson, ProblemJson, StudentJson, TaskJson } from '../../src/http/api-types.js';
import { answerJson, runJson } from '../support/api-values.js';
import { openHttpGateway } from '../support/http-gateway.js';
import { policyJsonOf } from '../../src/serving/policy-json.js';
import { policy } from '../support/square-task.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const policyJson: PolicyJson = policyJsonOf(policy);
const student = { version: 'v2-00000002' } as StudentJson;
const described = { name: 'squares', title: 'Squares' } as TaskJson;
const calls: unknown[] = [];
const called =
  <T>(method: string, result: T) =>
  (...given: unknown[]): T => {
    calls.push([method, ...given]);
    return result;
  };

const consoleDir = temporaryDirectory();
writeFileSync(join(consoleDir, 'index.html'), '<title>console</title>');
writeFileSync(join(consoleDir, 'app.js'), '1');
let isReady = true;
const gateway = await openHttpGateway(
  {
    predict: async () => [answerJson()],
    describe: async () => described,
    traffic: called('traffic', { bucketMs: 5000, buckets: [], events: [] }),
    samples: called('samples', Promise.resolve({ total: 9, samples: [] })),
    students: async () => [student],
    addStudent: called('addStudent', Promise.resolve(student)),
    promote: called('promote', Promise.resolve(student)),
    rollback: called('rollback', Promise.resolve(student)),
    startDistillation: called('startDistillation', Promise.resolve(runJson())),
    startCompression: called('startCompression', Promise.resolve(runJson())),
    cancelRun: called('cancelRun', Promise.resolve(runJson({ state: 'failed' }))),
    runs: () => [runJson()],
    run: (id) => {
      if (id === 'run-1') return runJson();
      throw new NotFoundError(`There is no run "${id}".`, { id });
    },
    updatePolicy: called('updatePolicy', Promise.resolve(policyJson)),
  },
  { consoleDir, isReady: () => isReady },
);
const http = request(gateway.server);
const base = '/v1/tasks/squares';

describe('the routes of a task', () => {
  const reads: Readonly<Record<string, unknown>> = {
    '/v1/tasks': { tasks: [described] },
    [base]: described,
    [`${base}/traffic`]: { bucketMs: 5000, buckets: [], events: [] },
    [`${base}/samples`]: { total: 9, samples: [] },
    [`${base}/students`]: { students: [student] },
    [`${base}/distillations`]: { runs: [runJson()] },
    [`${base}/distillations/run-1`]: runJson(),
  };
  for (const [path, expected] of Object.entries(reads)) {
    it(`answer GET ${path}`, async () => {
      const response = await http.get(path);

      assert.equal(response.status, 200);
      assert.deepEqual(response.body, expected);
    });

    it(`answer HEAD ${path} without a body`, async () => {
      const response = await http.head(path);

      assert.equal(response.status, 200);
      assert.equal(Number(response.headers['content-length'] ?? 0) > 0, true);
      assert.deepEqual(response.body, {});
    });
  }

  it('ask by default for ten minutes of traffic and the first hundred samples', async () => {
    await http.get(`${base}/traffic`);
    const traffic = calls.at(-1);
    await http.get(`${base}/samples`);

    assert.deepEqual(traffic, ['traffic', 10]);
    assert.deepEqual(calls.at(-1), ['samples', 0, 100]);
  });

  it('ask for what the query says', async () => {
    await http.get(`${base}/traffic?minutes=60`);
    const traffic = calls.at(-1);
    await http.get(`${base}/samples?offset=200&limit=1000`);

    assert.deepEqual(traffic, ['traffic', 60]);
    assert.deepEqual(calls.at(-1), ['samples', 200, 1000]);
  });

  for (const query of [
    ...['traffic?minutes=0', 'traffic?minutes=61', 'traffic?minutes=', 'traffic?minutes=ten'],
    ...['samples?offset=-1', 'samples?limit=1001', 'samples?limit=0.5', 'samples?limit=1&limit=2'],
  ]) {
    it(`refuse ${query}`, async () => {
      const response = await http.get(`${base}/${query}`);

      const problem = response.body as ProblemJson;
      assert.equal(response.status, 400);
      assert.equal(problem.details?.['field'], /[?](\w+)=/.exec(query)![1]);
      assert.match(String(problem.details?.['expected']), /whole number from \d+ to \d+/);
    });
  }

  it('add the bundle that is named', async () => {
    const response = await http.post(`${base}/students`).send({ incoming: 'mine' });

    assert.equal(response.status, 201);
    assert.deepEqual(response.body, student);
    assert.deepEqual(calls.at(-1), ['addStudent', 'mine']);
  });

  it('promote the version that is named', async () => {
    const response = await http.post(`${base}/promote`).send({ version: 'v2-00000002' });

    assert.equal(response.status, 200);
    assert.deepEqual(response.body, student);
    assert.deepEqual(calls.at(-1), ['promote', 'v2-00000002']);
  });

  it('refuse to promote when no version is named', async () => {
    const bodies = [
      [{}, 'nothing'],
      [{ version: 2 }, '2'],
      [{ version: '' }, '""'],
      [[], 'nothing'],
    ] as const;
    for (const [body, got] of bodies) {
      const response = await http.post(`${base}/promote`).send(body);
      const { details } = response.body as ProblemJson;
      assert.equal(response.status, 400);
      assert.deepEqual([details?.['field'], details?.['got']], ['version', got]);
    }
  });

  it('refuse to promote with a field that means nothing', async () => {
    const callsBefore = calls.length;
    const response = await http.post(`${base}/promote`).send({ version: 'v2-00000002', force: 1 });

    assert.equal(response.status, 400);
    assert.equal((response.body as ProblemJson).details?.['field'], 'force');
    assert.equal(calls.length, callsBefore);
  });

  it('roll back without a body, and with an empty object', async () => {
    for (const body of [undefined, {}]) {
      const response = await http.post(`${base}/rollback`).send(body);

      assert.equal(response.status, 200);
      assert.deepEqual(calls.at(-1), ['rollback']);
    }
  });

  for (const path of ['rollback', 'distillations?trigger=cli']) {
    for (const body of ['{"x":1}', '[]', 'null', 'garbage']) {
      it(`refuse ${path} with the body ${body}, and change nothing`, async () => {
        const callsBefore = calls.length;
        const posted = http.post(`${base}/${path}`).set('content-type', 'application/json');
        const response = await posted.send(body);

        const problem = response.body as ProblemJson;
        assert.deepEqual([response.status, problem.code], [400, 'INVALID_INPUT']);
        assert.equal(problem.details?.['field'], '(body)');
        assert.equal(calls.length, callsBefore);
      });
    }
  }

  const triggers = { '': 'api', cli: 'cli', console: 'console', drift: 'api' };
  for (const [named, trigger] of Object.entries(triggers)) {
    it(`start a distillation with 202; its trigger is ${trigger} for "${named}"`, async () => {
      const response = await http.post(`${base}/distillations?trigger=${named}`);

      assert.equal(response.status, 202);
      assert.deepEqual(response.body, runJson());
      assert.deepEqual(calls.at(-1), ['startDistillation', trigger]);
    });
  }

  it('start a compression of the version named, or of the one that serves', async () => {
    const named = { version: 'v2-00000002' };

    const responses = [
      await http.post(`${base}/compress?trigger=cli`).send(named),
      await http.post(`${base}/compress`).send({}),
      await http.post(`${base}/compress`),
    ];

    assert.deepEqual(
      responses.map(({ status }) => status),
      [202, 202, 202],
    );
    assert.deepEqual(calls.slice(-3), [
      ['startCompression', 'v2-00000002', 'cli'],
      ['startCompression', null, 'api'],
      ['startCompression', null, 'api'],
    ]);
  });

  it('cancel a run', async () => {
    const response = await http.delete(`${base}/distillations/run-1`);

    assert.equal(response.status, 200);
    assert.deepEqual(response.body, runJson({ state: 'failed' }));
    assert.deepEqual(calls.at(-1), ['cancelRun', 'run-1']);
  });

  it('change of the policy what is sent, and nothing else', async () => {
    const response = await http.patch(`${base}/policy`).send({ riskMax: 0.02 });

    assert.equal(response.status, 200);
    assert.deepEqual(response.body, policyJson);
    assert.deepEqual(calls.at(-1), ['updatePolicy', { riskMax: 0.02 }]);
  });

  it('say that a task ships no samples', async () => {
    const bare = await openHttpGateway({ samples: async () => null });
    const response = await request(bare.server).get(`${base}/samples`);

    assert.equal(response.status, 404);
    assert.equal((response.body as ProblemJson).code, 'NOT_FOUND');
  });
});

describe('what is not there', () => {
  const absent: readonly [method: 'get' | 'post' | 'patch', path: string, code: string][] = [
    ['get', '/v1/tasks/nothing', 'UNKNOWN_TASK'],
    ['get', '/v1/tasks/nothing/traffic', 'UNKNOWN_TASK'],
    ['post', '/v1/tasks/nothing/predict', 'UNKNOWN_TASK'],
    ['post', '/v1/tasks/nothing/promote', 'UNKNOWN_TASK'],
    ['patch', '/v1/tasks/nothing/policy', 'UNKNOWN_TASK'],
    ['get', `${base}/distillations/none`, 'NOT_FOUND'],
    ['get', `${base}/distillations/none/events`, 'NOT_FOUND'],
    ['get', `${base}/nothing`, 'NOT_FOUND'],
    ['get', '/v1', 'NOT_FOUND'],
    ['post', '/', 'NOT_FOUND'],
    ['get', '/../../etc/passwd', 'NOT_FOUND'],
  ];
  for (const [method, path, code] of absent) {
    it(`is a problem document with ${code}: ${method.toUpperCase()} ${path}`, async () => {
      const response = await http[method](path);

      const problem = response.body as ProblemJson;
      assert.equal(response.status, 404);
      assert.equal(response.type, 'application/problem+json');
      assert.equal(problem.code, code);
      if (!path.startsWith('/v1/tasks')) assert.match(problem.detail, /README\.md, HTTP API/);
      if (code === 'UNKNOWN_TASK') assert.equal(problem.details?.['served'], 'squares');
    });
  }

  const wrong: readonly [method: 'get' | 'post' | 'put' | 'delete', path: string, allow: string][] =
    [
      ['get', `${base}/predict`, 'POST'],
      ['put', `${base}/predict`, 'POST'],
      ['post', base, 'GET'],
      ['post', '/v1/tasks', 'GET'],
      ['get', `${base}/promote`, 'POST'],
      ['get', `${base}/rollback`, 'POST'],
      ['post', `${base}/policy`, 'PATCH'],
      ['delete', `${base}/distillations`, 'GET, POST'],
      ['post', '/healthz', 'GET'],
      ['post', '/metrics', 'GET'],
    ];
  for (const [method, path, allow] of wrong) {
    it(`is a method other than ${allow}: ${method.toUpperCase()} ${path}`, async () => {
      const response = await http[method](path);

      assert.equal(response.status, 405);
      assert.equal((response.body as ProblemJson).code, 'METHOD_NOT_ALLOWED');
      assert.equal(response.headers['allow'], allow);
    });
  }

  it('is a task with a broken %-escape: 400', async () => {
    const response = await http.get('/v1/tasks/%zz');

    const problem = response.body as ProblemJson;
    assert.equal(response.status, 400);
    assert.equal(problem.code, 'INVALID_INPUT');
    assert.equal(problem.details?.['field'], '(path)');
    assert.match(problem.detail, /'%zz'.*% itself as %25\./);
  });

  it('is a task to predict with whose name is a broken %-escape', async () => {
    const response = await http.post('/v1/tasks/%zz/predict').send({ input: [0, 0, 0, 0] });

    assert.equal(response.status, 404);
    assert.equal((response.body as ProblemJson).code, 'UNKNOWN_TASK');
  });
});

describe('the gateway', () => {
  it('tells health apart from readiness', async () => {
    isReady = false;
    const [health, unready] = [await http.get('/healthz'), await http.get('/readyz')];
    isReady = true;
    const ready = await http.get('/readyz');

    assert.deepEqual([health.status, health.body], [200, { status: 'ok' }]);
    assert.deepEqual([unready.status, unready.body], [503, { status: 'not-ready' }]);
    assert.deepEqual([ready.status, ready.body], [200, { status: 'ready' }]);
  });

  it('gives its metrics as Prometheus text, requests counted by path and status', async () => {
    const fresh = await openHttpGateway({ predict: async () => [answerJson()] });
    const asks = request(fresh.server);
    await asks.post(`${base}/predict`).send({ input: [0, 0, 0, 0] });
    await asks.post(`${base}/predict`).send({});
    await asks.get('/healthz');

    const response = await asks.get('/metrics');

    assert.match(response.headers['content-type'] ?? '', /^text\/plain; version=0\.0\.4/);
    for (const line of [
      'understudy_http_requests_total{path="predict",status="200"} 1',
      'understudy_http_requests_total{path="predict",status="400"} 1',
      'understudy_http_requests_total{path="other",status="200"} 1',
    ])
      assert.ok(response.text.includes(line), line);
  });

  it('serves the console, its page fresh and its scripts kept', async () => {
    const [page, script] = [await http.get('/'), await http.get('/app.js')];

    assert.equal(page.status, 200);
    assert.match(page.text, /console/);
    assert.equal(page.headers['cache-control'], 'no-cache');
    assert.match(script.headers['cache-control'] ?? '', /max-age=3600/);
  });

  it('sends security headers, and does not say what it is made of', async () => {
    const { headers } = await http.get('/');

    assert.match(headers['content-security-policy'] ?? '', /default-src 'self'/);
    assert.match(headers['content-security-policy'] ?? '', /frame-ancestors 'none'/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['referrer-policy'], 'no-referrer');
    assert.equal(headers['x-powered-by'], undefined);
  });

  for (const site of ['cross-site', 'same-site']) {
    it(`refuses changes that a ${site} page asks for, and lets it read`, async () => {
      const callsBefore = calls.length;
      const change = await http.post(`${base}/rollback`).set('sec-fetch-site', site);
      const read = await http.get(base).set('sec-fetch-site', site);

      assert.equal(change.status, 403);
      assert.equal((change.body as ProblemJson).code, 'FORBIDDEN');
      assert.equal(calls.length, callsBefore);
      assert.equal(read.status, 200);
    });
  }

  for (const site of ['same-origin', 'none']) {
    it(`takes changes that its own page or its reader asks for (${site})`, async () => {
      const response = await http.post(`${base}/rollback`).set('sec-fetch-site', site);
      assert.equal(response.status, 200);
    });
  }

  it('takes no prediction that a page of another site could send without being asked', async () => {
    // A browser sends only these types to another site without asking it first (CORS preflight).
    for (const type of ['text/plain', 'multipart/form-data', 'application/x-www-form-urlencoded']) {
      const response = await http
        .post(`${base}/predict`)
        .set('content-type', type)
        .set('sec-fetch-site', 'cross-site')
        .send('{"input":[0,0,0,0]}');
      assert.equal(response.status, 415);
    }
    const preflight = await http.options(`${base}/predict`).set('origin', 'http://evil.example');
    assert.equal(preflight.headers['access-control-allow-origin'], undefined);
  });
});
