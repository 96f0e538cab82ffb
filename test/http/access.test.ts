import assert from 'node:assert/strict';
import type { IRouter } from 'express-serve-static-core';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createApp } from '../../src/http/app.js';
import type { ProblemJson } from '../../src/http/api-types.js';
import { scopes, type Scope } from '../../src/keys/api-key.js';
import type { TaskService } from '../../src/task/task-service.js';
import { answerJson, runJson } from '../support/api-values.js';
import { openHttpGateway, openPlainGateway } from '../support/http-gateway.js';
import { ringOf } from '../support/key-ring.js';

const access = ringOf({
  chief: {},
  guest: { scopes: ['predict'] },
  chooser: { scopes: ['predict', 'override'] },
  elsewhere: { tasks: ['circles'] },
  ...Object.fromEntries(scopes.map((scope) => [`only-${scope}`, { scopes: [scope] }])),
});
const asked: { client: string | null; route: string }[] = [];
const methods: Partial<TaskService> = {
  predict: async ({ inputs, client, route }) => {
    asked.push({ client, route });
    return inputs.map(() => answerJson());
  },
  describe: async () => ({ name: 'squares' }) as never,
};
const fast = await openHttpGateway(methods, { access });
let parsedByNode = 0;
fast.server.on('request', () => parsedByNode++);
const ways = { fast: fast.port, 'node:http': await openPlainGateway(methods, { access }) };
const base = '/v1/tasks/squares';

interface Heard {
  readonly status: number;
  readonly challenge: string | null;
  readonly problem: ProblemJson;
}

/** Asks by `fetch`, whose plain requests take the fast path. */
async function ask(
  port: number,
  path: string,
  { method = 'GET', headers = {}, body }: { method?: string; headers?: object; body?: object } = {},
): Promise<Heard> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: { ...(body && { 'content-type': 'application/json' }), ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    challenge: response.headers.get('www-authenticate'),
    problem: (text.startsWith('{') ? JSON.parse(text) : {}) as ProblemJson,
  };
}
const keyed = (key: string) => ({ 'x-api-key': key });

for (const [way, port] of Object.entries(ways)) {
  const predict = (headers: object, more: object = {}) =>
    ask(port, `${base}/predict`, {
      method: 'POST',
      headers,
      body: { input: [0, 0, 0, 1], ...more },
    });

  describe(`a gateway with keys, by ${way}`, () => {
    for (const headers of [
      { authorization: 'Bearer guest' },
      { authorization: 'bearer   guest' },
      { 'x-api-key': 'guest' },
      { 'x-api-key': 'guest', authorization: 'Basic abc' },
      { 'x-api-key': 'guest', authorization: 'Bearer nobody' },
    ])
      it(`answers a known key: ${JSON.stringify(headers)}`, async () => {
        const { status } = await predict(headers);
        assert.equal(status, 200);
      });

    const unknown: readonly [headers: object, reason: string][] = [
      [{}, 'no-key'],
      [{ authorization: 'Basic guest' }, 'no-key'],
      [{ authorization: 'guest' }, 'no-key'],
      [{ authorization: 'Bearer guest guest' }, 'no-key'],
      [{ authorization: 'Bearer guest2' }, 'unknown-key'],
      [{ 'x-api-key': '' }, 'unknown-key'],
      [{ 'x-api-key': 'nobody', authorization: 'Bearer guest' }, 'unknown-key'],
    ];
    for (const [headers, reason] of unknown)
      it(`refuses with 401, and asks for a key: ${JSON.stringify(headers)}`, async () => {
        const before = asked.length;
        const { status, challenge, problem } = await predict(headers);

        assert.deepEqual([status, challenge], [401, 'Bearer']);
        assert.equal(problem.code, 'UNAUTHENTICATED');
        assert.equal(problem.details?.['reason'], reason);
        assert.equal(asked.length, before);
      });

    it('says which scope is needed, and which the key has', async () => {
      const { status, challenge, problem } = await predict(keyed('only-read'));

      assert.deepEqual([status, challenge, problem.code], [403, null, 'FORBIDDEN']);
      assert.equal(
        problem.detail,
        'To ask for predictions a key needs the scope predict; the key "only-read" has read.',
      );
      assert.deepEqual(problem.details, { scope: 'predict', key: 'only-read', has: 'read' });
    });

    for (const body of [{}, { input: undefined, inputs: [[0, 0, 0, 1], 'AQIDBA=='] }])
      it(`lets a key choose who answers only with override (${JSON.stringify(body)})`, async () => {
        const before = asked.length;
        for (const route of ['student', 'teacher']) {
          const { status, problem } = await predict(keyed('guest'), { ...body, route });
          assert.equal(status, 403);
          assert.match(problem.detail, /scope override; the key "guest" has predict\.$/);
        }
        assert.equal(asked.length, before);

        assert.equal((await predict(keyed('guest'), { ...body, route: 'auto' })).status, 200);
        assert.equal((await predict(keyed('chooser'), { ...body, route: 'teacher' })).status, 200);
        assert.deepEqual(
          asked.slice(before).map(({ route }) => route),
          ['auto', 'teacher'],
        );
      });

    it('keeps a key to its tasks, and does not tell it of others', async () => {
      const own = await ask(port, '/v1/tasks/circles/predict', {
        method: 'POST',
        headers: keyed('elsewhere'),
        body: {},
      });
      const other = await predict(keyed('elsewhere'));

      assert.deepEqual([own.status, own.problem.code], [404, 'UNKNOWN_TASK']);
      assert.equal(other.status, 403);
      assert.match(
        other.problem.detail,
        /"elsewhere" is not for the task "squares", but for circles/,
      );
    });

    it('asks for a key before it says what is there', async () => {
      const answers = await Promise.all([
        ask(port, '/v1/tasks/nothing/predict', { method: 'POST', body: {} }),
        ask(port, `${base}/predict`),
        ask(port, '/v1/tasks/nothing'),
        ask(port, '/v3'),
      ]);

      assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([401]));
    });

    it('calls a caller by his key, and by what he calls himself after it', async () => {
      await predict(keyed('guest'));
      await predict({ ...keyed('guest'), 'x-client-id': 'till 7' });
      await predict({ ...keyed('guest'), 'x-client-id': 'chief' });

      assert.deepEqual(
        asked.slice(-3).map(({ client }) => client),
        ['guest', 'guest/till 7', 'guest/chief'],
      );
    });
  });
}

describe('the fast path of a gateway with keys', () => {
  it('answers and refuses predictions by itself', async () => {
    const before = parsedByNode;
    const plain = { method: 'POST', body: { input: [0, 0, 0, 1] } };
    for (const headers of [keyed('guest'), { authorization: 'Bearer guest' }, {}, keyed('nobody')])
      await ask(fast.port, `${base}/predict`, { ...plain, headers });
    assert.equal(parsedByNode, before);
  });
});

/** What each route needs. A new one belongs here, with the scope that was decided for it. */
const routes: Readonly<Record<string, Scope | 'open'>> = {
  'get /healthz': 'open',
  'get /readyz': 'open',
  'get /metrics': 'open',
  'get /v2/': 'open',
  'get /v2/health/live': 'open',
  'get /v2/health/ready': 'open',
  'get /v2/models/:task': 'predict',
  'get /v2/models/:task/ready': 'predict',
  'post /v2/models/:task/infer': 'predict',
  'get /v1/keys/self': 'predict',
  'get /v1/tasks/': 'read',
  'get /v1/tasks/:task': 'read',
  'get /v1/tasks/:task/traffic': 'read',
  'get /v1/tasks/:task/timeline': 'read',
  'get /v1/tasks/:task/tradeoff': 'read',
  'get /v1/tasks/:task/samples': 'read',
  'get /v1/tasks/:task/students': 'read',
  'post /v1/tasks/:task/students': 'operate',
  'post /v1/tasks/:task/feedback': 'predict',
  'get /v1/tasks/:task/review': 'read',
  'get /v1/tasks/:task/export': 'operate',
  'get /v1/tasks/:task/rows': 'read',
  'delete /v1/tasks/:task/rows': 'operate',
  'post /v1/tasks/:task/review': 'operate',
  'get /v1/tasks/:task/students/:version/files/:file': 'read',
  'post /v1/tasks/:task/promote': 'operate',
  'post /v1/tasks/:task/rollback': 'operate',
  'post /v1/tasks/:task/compress': 'operate',
  'patch /v1/tasks/:task/policy': 'operate',
  'get /v1/tasks/:task/distillations': 'read',
  'post /v1/tasks/:task/distillations': 'operate',
  'get /v1/tasks/:task/distillations/:run': 'read',
  'delete /v1/tasks/:task/distillations/:run': 'operate',
  'get /v1/tasks/:task/distillations/:run/events': 'read',
  'get /v1/tasks/:task/distillations/:run/evaluation': 'read',
  'get /v1/tasks/:task/distillations/:run/evaluation/:file': 'read',
  'get /v1/tasks/:task/students/:version/evaluation': 'read',
  'get /v1/tasks/:task/students/:version/evaluation/:file': 'read',
};

/** Every method of every path that a router has; of routers in it by their prefix. */
function routesOf({ stack }: IRouter, prefix = ''): string[] {
  const prefixes = ['/v2', '/v1/tasks']; // Of the routers in it, in their order.
  return stack.flatMap(({ route, handle }) => {
    if (route !== undefined) {
      const methodsOf = route.stack.map(({ method }) => method as string | undefined);
      const named = new Set(methodsOf.filter((method) => method !== undefined && method !== ''));
      return [...named].map((method) => `${method!} ${prefix}${route.path}`);
    }
    return 'stack' in handle ? routesOf(handle as unknown as IRouter, prefixes.shift()) : [];
  });
}

const all: Partial<TaskService> = {
  ...methods,
  traffic: () => ({ bucketMs: 5000, buckets: [], events: [] }),
  timeline: () => ({ events: [] }),
  tradeoff: () => ({}) as never,
  samples: async () => ({ total: 0, samples: [] }),
  students: async () => [],
  feedback: async () => ({}) as never,
  review: async () => ({ rows: [] }),
  rows: async () => ({ rows: [], nextBefore: null }),
  exportRows: async function* () {},
  eraseSubject: async () => ({}) as never,
  addStudent: async () => ({}) as never,
  promote: async () => ({}) as never,
  rollback: async () => ({}) as never,
  startDistillation: async () => runJson(),
  startCompression: async () => runJson(),
  cancelRun: async () => runJson(),
  studentFile: async () => fileURLToPath(import.meta.url),
  runs: () => [],
  run: () => runJson(),
  evaluationFile: async () => '# Page',
  followRun: (_id, tell) => {
    setImmediate(() => tell(runJson({ state: 'rejected' })));
    return () => {};
  },
  updatePolicy: async () => ({}) as never,
};
const gateway = await openHttpGateway(all, { access });

describe('each route', () => {
  it('has a scope that was decided for it', () => {
    const app = createApp({
      ...{ tasks: new Map(), access, streams: new Set(), consoleDir: '.', keySpentUsd: () => 0 },
      metrics: { contentType: 'text/plain', text: async () => '' },
      ...{ isReady: () => true, onFailure: () => {}, requestBytesMax: 1024, batchRowsMax: 3 },
    });

    assert.deepEqual(routesOf(app.router as unknown as IRouter).sort(), Object.keys(routes).sort());
  });

  const bodies: Readonly<Record<string, object>> = {
    students: { incoming: 'x' },
    feedback: { id: 'row-1', label: 'dark' },
    review: { id: 'row-1', label: 'dark' },
    promote: { version: 'x' },
    policy: { riskMax: 0.02 },
    predict: { input: [0, 0, 0, 1] },
    infer: {
      inputs: [{ name: 'image', datatype: 'UINT8', shape: [1, 2, 2, 1], data: [0, 0, 0, 255] }],
    },
  };
  for (const [name, needs] of Object.entries({ ...routes, 'post /:task/predict': 'predict' })) {
    const [method, pattern] = name.split(' ') as [string, string];
    const path = pattern
      .replace(/^\/:task/, base)
      .replace(':task', 'squares')
      .replace(':run', 'run-1')
      .replace(/rows$/, 'rows?subject=ann');
    const body = method === 'get' ? undefined : (bodies[path.split('/').at(-1)!] ?? {});
    const send = async (headers: object) => {
      const { port } = gateway;
      const options = { method: method.toUpperCase(), headers, ...(body && { body }) };
      return ask(port, path, options);
    };

    it(`${name}: ${needs}`, async () => {
      const without = await send({});
      const allowed: string[] = [];
      for (const scope of scopes) {
        const { status, problem } = await send(keyed(`only-${scope}`));
        assert.ok(status < 300 || status === 403, `${scope}: ${status}`);
        if (status < 300) allowed.push(scope);
        else assert.equal(problem.details?.['scope'], needs);
      }

      assert.equal(without.status, needs === 'open' ? 200 : 401);
      assert.deepEqual(allowed, needs === 'open' ? [...scopes] : [needs]);
      if (needs === 'open' || !pattern.includes(':task')) return;
      assert.equal((await send(keyed('elsewhere'))).status, 403);
    });
  }

  it('shows a key its own tasks alone', async () => {
    const { url } = gateway;
    const listOf = async (key: string): Promise<unknown> =>
      (await fetch(`${url}/v1/tasks`, { headers: keyed(key) })).json();

    assert.deepEqual(await listOf('elsewhere'), { tasks: [] });
    assert.deepEqual(await listOf('chief'), { tasks: [{ name: 'squares' }] });
  });
});
