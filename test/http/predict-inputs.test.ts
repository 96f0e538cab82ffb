import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import request from 'supertest';
import type { BatchAnswerJson, ProblemJson } from '../../src/http/api-types.js';
import { decodeImage } from '../../src/task/image-codec.js';
import type { PredictRequest } from '../../src/task/task-service.js';
import { answerJson } from '../support/api-values.js';
import { openHttpGateway } from '../support/http-gateway.js';
import { squareTask } from '../support/square-task.js';

const asked: PredictRequest[] = [];
const gateway = await openHttpGateway({
  predict: async (question) => {
    asked.push(question);
    return question.inputs.map((_, index) => answerJson({ id: `row-${index}` }));
  },
});
const path = '/v1/tasks/squares/predict';
const post = (body: string | object) =>
  request(gateway.server).post(path).set('content-type', 'application/json').send(body);
const rowsAsked = (): number[][] =>
  asked.at(-1)!.inputs.map((input) => [...decodeImage(input, squareTask.input)]);

/** Bytes 0, 51, 102, 255: fifths of the grey scale, and its end. */
const base64 = Buffer.from([0, 51, 102, 255]).toString('base64');
const grey = [0, 0.2, 0.4, 1].map(Math.fround);

describe('a prediction', () => {
  const forms: Readonly<Record<string, unknown>> = {
    'flat numbers': [0, 0.2, 0.4, 1],
    'numbers by rows': [
      [0, 0.2],
      [0.4, 1],
    ],
    'base64 of 8-bit grey': base64,
    'base64 without its padding': base64.replace('==', ''),
  };
  for (const [form, input] of Object.entries(forms)) {
    it(`takes an image as ${form}`, async () => {
      const response = await post({ input });

      assert.equal(response.status, 200);
      assert.deepEqual(response.body, answerJson({ id: 'row-0' }));
      assert.deepEqual(rowsAsked(), [grey]);
    });
  }

  it('takes several images, in whatever form each of them has, and keeps their order', async () => {
    const response = await post({ inputs: [base64, [1, 1, 1, 1], forms['numbers by rows']] });

    assert.equal(response.status, 200);
    const { answers } = response.body as BatchAnswerJson;
    assert.deepEqual(
      answers.map(({ id }) => id),
      ['row-0', 'row-1', 'row-2'],
    );
    assert.deepEqual(rowsAsked(), [grey, [1, 1, 1, 1], grey]);
  });

  it('gives a list back for a list of one', async () => {
    const response = await post({ inputs: [base64] });

    assert.deepEqual(response.body, { answers: [answerJson({ id: 'row-0' })] });
  });

  it('asks for nothing special when no option is sent', async () => {
    await post({ input: base64 });

    const { route, timeoutMs, hasProbabilities, preprocessMs } = asked.at(-1)!;
    assert.deepEqual(
      { route, timeoutMs, hasProbabilities },
      {
        route: 'auto',
        timeoutMs: null,
        hasProbabilities: false,
      },
    );
    assert.ok(preprocessMs >= 0);
  });

  it('passes on route, timeoutMs and probabilities', async () => {
    await post({ input: base64, route: 'teacher', timeoutMs: 1500, probabilities: true });

    const { route, timeoutMs, hasProbabilities } = asked.at(-1)!;
    assert.deepEqual(
      { route, timeoutMs, hasProbabilities },
      {
        route: 'teacher',
        timeoutMs: 1500,
        hasProbabilities: true,
      },
    );
  });

  it('passes on whom it speaks of, and that nothing may be kept', async () => {
    await post({ input: base64, subject: 'patient 7', noStore: true });
    const { subject, isStored } = asked.at(-1)!;
    await post({ input: base64 });

    assert.deepEqual({ subject, isStored }, { subject: 'patient 7', isStored: false });
    assert.deepEqual([asked.at(-1)!.subject, asked.at(-1)!.isStored], [null, true]);
  });

  it('names the client by its x-client-id, cut to 128 characters, or its address', async () => {
    await post({ input: base64 }).set('x-client-id', 'shop'.repeat(100));
    const named = asked.at(-1)!.client;
    await post({ input: base64 });

    assert.equal(named, 'shop'.repeat(32));
    assert.match(asked.at(-1)!.client!, /127\.0\.0\.1$/);
  });

  it('takes other kinds of JSON, and a charset', async () => {
    for (const type of ['application/json; charset=utf-8', 'application/vnd.shop+json']) {
      const response = await post({ input: base64 }).set('content-type', type);
      assert.equal(response.status, 200);
    }
  });

  it('takes a path with a query', async () => {
    const response = await request(gateway.server).post(`${path}?a=1`).send({ input: base64 });
    assert.equal(response.status, 200);
  });
});

interface Refusal {
  readonly what: string;
  readonly body: string | object;
  readonly field: string;
  readonly got: string | RegExp;
  /** What the message says beside the field. */
  readonly hint?: RegExp;
}

const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
const refusals: readonly Refusal[] = [
  { what: 'too few numbers', body: { input: [0, 0, 0] }, field: 'input', got: '3 numbers' },
  { what: 'no numbers', body: { input: [] }, field: 'input', got: 'an empty list' },
  { what: 'too many numbers', body: { input: [0, 0, 0, 0, 0] }, field: 'input', got: '5 numbers' },
  { what: 'too few rows', body: { input: [[0, 0]] }, field: 'input', got: '1 row' },
  { what: 'a short row', body: { input: [[0, 0], [0]] }, field: 'input[1]', got: '1 number' },
  { what: 'a row that is none', body: { input: [[0, 0], 7] }, field: 'input[1]', got: '7' },
  {
    what: 'an 8-bit value',
    body: { input: [0, 0, 255, 0] },
    field: 'input[2]',
    got: '255',
    hint: /Divide 8-bit values by 255, or send them as base64/,
  },
  {
    what: 'an 8-bit value in a row of a batch',
    body: {
      inputs: [
        base64,
        [
          [0, 0],
          [0, 128],
        ],
      ],
    },
    field: 'inputs[1][1][1]',
    got: '128',
    hint: /Divide/,
  },
  { what: 'a negative number', body: { input: [0, -0.1, 0, 0] }, field: 'input[1]', got: '-0.1' },
  { what: 'a number past 255', body: { input: [256, 0, 0, 0] }, field: 'input[0]', got: '256' },
  {
    what: 'null (what JSON.stringify makes of NaN)',
    body: { input: [0, null, 0, 0] },
    field: 'input[1]',
    got: 'null (JSON has no NaN or infinity)',
  },
  { what: '1e999', body: '{"input": [0, 1e999, 0, 0]}', field: 'input[1]', got: 'Infinity' },
  { what: 'text for a number', body: { input: ['0', 0, 0, 0] }, field: 'input[0]', got: '"0"' },
  { what: 'text that is not base64', body: { input: 'a cat!' }, field: 'input', got: /not base64/ },
  {
    what: 'base64 with a typo',
    body: { input: base64.replace('A', '*') },
    field: 'input',
    got: /not base64/,
  },
  { what: 'url-safe base64', body: { input: '__8_Pw==' }, field: 'input', got: /not base64/ },
  {
    what: 'base64 of another length',
    body: { input: Buffer.alloc(5).toString('base64') },
    field: 'input',
    got: 'base64 of 5 bytes',
  },
  { what: 'an empty text', body: { input: '' }, field: 'input', got: 'base64 of 0 bytes' },
  { what: 'a null input', body: { input: null }, field: 'input', got: 'null' },
  { what: 'an object for an input', body: { input: { a: 1 } }, field: 'input', got: 'an object' },
  { what: 'both inputs', body: { input: base64, inputs: [base64] }, field: 'input', got: 'both' },
  { what: 'neither input', body: { route: 'auto' }, field: 'input', got: 'neither' },
  { what: 'an empty batch', body: { inputs: [] }, field: 'inputs', got: '0' },
  {
    what: 'a batch over batchRowsMax',
    body: { inputs: Array.from({ length: 4 }, () => base64) },
    field: 'inputs',
    got: '4',
    hint: /1 to 3 inputs/,
  },
  { what: 'a batch that is no list', body: { inputs: base64 }, field: 'inputs', got: /^"/ },
  { what: 'an unknown field', body: { input: base64, top_k: 1 }, field: 'top_k', got: /unknown/ },
  {
    what: '__proto__',
    body: `{"input": "${base64}", "__proto__": {"route": "teacher"}}`,
    field: '__proto__',
    got: /unknown/,
  },
  {
    what: 'a very long unknown field',
    body: { ['x'.repeat(9_000)]: 1 },
    field: `${'x'.repeat(40)}...`,
    got: /unknown/,
  },
  { what: 'an empty subject', body: { input: base64, subject: '' }, field: 'subject', got: '""' },
  {
    what: 'a subject with NUL',
    body: { input: base64, subject: 'a\0b' },
    field: 'subject',
    got: /a/,
  },
  {
    what: 'a long subject',
    body: { input: base64, subject: 's'.repeat(201) },
    field: 'subject',
    got: /^"s+/,
  },
  {
    what: 'noStore that is no flag',
    body: { input: base64, noStore: 1 },
    field: 'noStore',
    got: '1',
  },
  {
    what: 'an unknown route',
    body: { input: base64, route: 'cache' },
    field: 'route',
    got: '"cache"',
    hint: /auto, student, teacher/,
  },
  ...[0, -5, 1.5, 600_001, '100', null].map((timeoutMs) => ({
    what: `timeoutMs ${JSON.stringify(timeoutMs)}`,
    body: { input: base64, timeoutMs },
    field: 'timeoutMs',
    got: JSON.stringify(timeoutMs),
    hint: /whole number of ms from 1 to 600000/,
  })),
  {
    what: 'probabilities that are no boolean',
    body: { input: base64, probabilities: 'yes' },
    field: 'probabilities',
    got: '"yes"',
  },
  { what: 'a list for a body', body: '[]', field: '(body)', got: 'an empty list' },
  { what: 'null for a body', body: 'null', field: '(body)', got: 'null' },
  { what: 'a number for a body', body: '7', field: '(body)', got: '7' },
  { what: 'broken JSON', body: '{"input": [0,', field: '(body)', got: /JSON/ },
  { what: 'lists 50 000 deep', body: `{"input": ${deep}}`, field: 'input', got: '1 row' },
  {
    what: 'lists 50 000 deep in the place of a number',
    body: `{"input": [0, 0, 0, ${deep}]}`,
    field: 'input[3]',
    got: 'a list',
  },
  {
    what: 'lists 50 000 deep in the place of a route',
    body: `{"input": "${base64}", "route": ${deep}}`,
    field: 'route',
    got: 'a list',
  },
];

const messageMax = 400;

describe('a prediction that cannot be read', () => {
  for (const { what, body, field, got, hint } of refusals) {
    it(`is refused with field, expected and got: ${what}`, async () => {
      const response = await openPost(body);

      const problem = response.body as ProblemJson;
      assert.equal(response.status, 400, response.text);
      assert.equal(response.type, 'application/problem+json');
      assert.equal(problem.code, 'INVALID_INPUT');
      assert.equal(problem.type, 'urn:understudy:problem:invalid-input');
      assert.equal(problem.status, 400);
      assert.equal(problem.retryable, false);
      assert.equal(problem.details?.['field'], field);
      const actual = String(problem.details['got']);
      if (typeof got === 'string') assert.equal(actual, got);
      else assert.match(actual, got);
      assert.notEqual(problem.details['expected'] ?? '', '');
      if (hint !== undefined) assert.match(problem.detail, hint);
      assert.ok(problem.detail.length < messageMax, `a message of ${problem.detail.length}`);
    });
  }

  it('is refused for an empty body', async () => {
    const response = await request(gateway.server)
      .post(path)
      .set('content-type', 'application/json')
      .set('content-length', '0');

    assert.equal(response.status, 400);
    assert.equal((response.body as ProblemJson).details?.['got'], 'nothing');
  });

  it('does not keep the loop busy, though 90 000 characters of padding are no base64', async () => {
    const startedMs = performance.now();

    const response = await post({ input: `${'='.repeat(90_000)}x` });

    assert.equal(response.status, 400);
    // A regular expression that backtracks takes 7 s for this; a linear look, milliseconds.
    assert.ok(performance.now() - startedMs < 2_000);
  });
});

/** Bodies that are 100 000 characters deep need a gateway with room for them. */
const roomy = await openHttpGateway({}, { requestBytesMax: 1_000_000 });
const openPost = (body: string | object) =>
  request(roomy.server).post(path).set('content-type', 'application/json').send(body);
