import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TeacherTimeoutError } from '../../../src/errors.js';
import type { AnswerJson } from '../../../src/http/api-types.js';
import type { PredictRequest } from '../../../src/task/task-service.js';
import type { TaskSpec } from '../../../src/task/task.js';
import { decodeTensors } from '../../../src/task/tensor-codec.js';
import { decodeText } from '../../../src/task/text-codec.js';
import { fakeTaskService } from '../../fakes/fake-task-service.js';
import { ask } from '../../support/http-client.js';
import { openHttpGateway } from '../../support/http-gateway.js';

const labels = ['bad', 'good'];
const tensors = [
  { name: 'age', dtype: 'int64', shape: [] },
  { name: 'words', dtype: 'string', shape: [null] },
] as const;
const specs: readonly TaskSpec[] = [
  { name: 'moods', title: 'Moods', input: { kind: 'text', charsMax: 20 }, labels },
  { name: 'tables', title: 'Tables', input: { kind: 'tensor', tensors }, labels },
  {
    ...{ name: 'squares', title: 'Squares', labels },
    input: { kind: 'image', width: 2, height: 1, channels: 3 },
  },
];
const asked: PredictRequest[] = [];
let hasProbabilities = true;
let failure: Error | null = null;

async function predict(request: PredictRequest): Promise<readonly AnswerJson[]> {
  asked.push(request);
  if (failure !== null) throw failure;
  return request.inputs.map((_, row) => ({
    ...{ id: `id-${row}`, label: labels[row % 2]!, confidence: null, route: 'teacher' },
    ...{ reason: 'no-student', threshold: null, studentVersion: null, teacher: 'big' },
    ...{ latencyMs: { preprocess: 0, total: 1 }, costUsd: 0 },
    ...(request.hasProbabilities && hasProbabilities
      ? { probabilities: { bad: 1 - (row % 2), good: row % 2 } }
      : {}),
  }));
}

const tasks = new Map(specs.map((spec) => [spec.name, fakeTaskService({ spec, predict })]));
const { port } = await openHttpGateway({}, { tasks });
const text = (data: readonly unknown[], shape: readonly unknown[] = [data.length]) => ({
  inputs: [{ name: 'text', datatype: 'BYTES', shape, data }],
});
const infer = (model: string, body: unknown) =>
  ask<Record<string, unknown>>(port, 'POST', `/v2/models/${model}/infer`, body);

describe('the Open Inference Protocol', () => {
  it('says what server it is, and that it is there', async () => {
    const paths = ['/v2', '/v2/health/live', '/v2/health/ready', '/v2/models/moods/ready'];
    const answers = await Promise.all(paths.map((path) => ask(port, 'GET', path)));

    assert.deepEqual(
      answers.map(({ body }) => body),
      [
        { name: 'understudy', version: '2', extensions: [] },
        { live: true },
        { ready: true },
        { name: 'moods', ready: true },
      ],
    );
  });

  it('describes tasks as models: what goes in, and what comes out', async () => {
    const metadataOf = async (model: string) =>
      (await ask<{ inputs: unknown; outputs: unknown }>(port, 'GET', `/v2/models/${model}`)).body;

    const outputs = [
      { name: 'label', datatype: 'BYTES', shape: [-1] },
      { name: 'probabilities', datatype: 'FP64', shape: [-1, 2] },
      { name: 'id', datatype: 'BYTES', shape: [-1] },
      { name: 'route', datatype: 'BYTES', shape: [-1] },
      { name: 'reason', datatype: 'BYTES', shape: [-1] },
    ];
    assert.deepEqual(await metadataOf('moods'), {
      ...{ name: 'moods', platform: 'understudy' },
      inputs: [{ name: 'text', datatype: 'BYTES', shape: [-1] }],
      outputs,
    });
    assert.deepEqual((await metadataOf('tables')).inputs, [
      { name: 'age', datatype: 'INT64', shape: [-1] },
      { name: 'words', datatype: 'BYTES', shape: [-1, -1] },
    ]);
    const image = { name: 'image', datatype: 'UINT8', shape: [-1, 1, 2, 3] };
    assert.deepEqual((await metadataOf('squares')).inputs, [image]);
  });

  it('answers texts, row by row, with where each answer comes from', async () => {
    const answer = await infer('moods', { ...text(['so', 'so']), id: 'mine' });

    const column = (name: string, data: readonly string[]) => ({
      ...{ name, datatype: 'BYTES', shape: [2], data },
    });
    assert.deepEqual(answer.body, {
      model_name: 'moods',
      id: 'mine',
      outputs: [
        column('label', ['bad', 'good']),
        { name: 'probabilities', datatype: 'FP64', shape: [2, 2], data: [1, 0, 0, 1] },
        column('id', ['id-0', 'id-1']),
        column('route', ['teacher', 'teacher']),
        column('reason', ['no-student', 'no-student']),
      ],
    });
    assert.deepEqual(asked.at(-1)!.inputs.map(decodeText), ['so', 'so']);
  });

  it('gives the outputs that are asked for, and takes a column of texts', async () => {
    const body = { ...text(['a', 'b'], [2, 1]), outputs: [{ name: 'label' }] };
    const answer = await infer('moods', body);

    assert.equal((answer.body['outputs'] as unknown[]).length, 1);
    assert.equal(asked.at(-1)!.hasProbabilities, false);
  });

  it('reads images as bytes and as numbers, flat and nested, to the same input', async () => {
    const image = (datatype: string, data: unknown) => ({
      inputs: [{ name: 'image', datatype, shape: [1, 1, 2, 3], data }],
    });
    await infer('squares', image('UINT8', [0, 51, 102, 153, 204, 255]));
    const flat = [0, 0.2, 0.4, 0.6, 0.8, 1];
    const nested = [[[flat.slice(0, 3), flat.slice(3)]]];
    await infer('squares', image('FP32', nested));

    const [bytes, numbers] = asked.slice(-2).map(({ inputs }) => [...inputs[0]!]);
    assert.deepEqual(bytes, [0, 51, 102, 153, 204, 255]);
    assert.deepEqual(numbers, bytes);
  });

  it('reads tensors, integers of 64 bits among them', async () => {
    const inputs = [
      { name: 'words', datatype: 'BYTES', shape: [2, 2], data: ['a', 'b', 'c', 'd'] },
      { name: 'age', datatype: 'INT64', shape: [2], data: [7, '9007199254740993'] },
    ];
    await infer('tables', { inputs });

    const rows = asked
      .at(-1)!
      .inputs.map((input) => decodeTensors(input, specs[1]!.input as never));
    assert.deepEqual(
      rows.map((row) => [...row[0]!.data, ...row[1]!.data]),
      [
        [7n, 'a', 'b'],
        [9007199254740993n, 'c', 'd'],
      ],
    );
  });

  describe('with binary tensor data, as Triton’s own clients send them', () => {
    const send = async (model: string, json: object, bytes: Buffer, more: object = {}) => {
      const head = Buffer.from(JSON.stringify(json));
      const headers = { 'inference-header-content-length': String(head.byteLength), ...more };
      const body = Buffer.concat([head, bytes]);
      const url = `http://127.0.0.1:${port}/v2/models/${model}/infer`;
      const answer = await fetch(url, { method: 'POST', headers, body });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    };
    const binary = (name: string, datatype: string, shape: number[], size: number) => ({
      ...{ name, datatype, shape, parameters: { binary_data_size: size } },
    });
    const text = (value: string): Buffer => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(Buffer.byteLength(value));
      return Buffer.concat([length, Buffer.from(value)]);
    };

    it('reads texts and numbers, one tensor after the other', async () => {
      const words = Buffer.concat(['a', 'ü', '', 'd'].map(text));
      const ages = Buffer.from(BigInt64Array.of(-7n, 9007199254740993n).buffer);
      const inputs = [
        binary('words', 'BYTES', [2, 2], words.byteLength),
        binary('age', 'INT64', [2], ages.byteLength),
      ];
      const answer = await send('tables', { inputs }, Buffer.concat([words, ages]));

      assert.equal(answer.status, 200);
      const rows = asked
        .at(-1)!
        .inputs.map((input) => decodeTensors(input, specs[1]!.input as never));
      assert.deepEqual(
        rows.map((row) => [...row[0]!.data, ...row[1]!.data]),
        [
          [-7n, 'a', 'ü'],
          [9007199254740993n, '', 'd'],
        ],
      );
      const pixels = Buffer.from([0, 51, 102, 153, 204, 255]);
      await send('squares', { inputs: [binary('image', 'UINT8', [1, 1, 2, 3], 6)] }, pixels);
      assert.deepEqual([...asked.at(-1)!.inputs[0]!], [...pixels]);
    });

    it('says what is wrong with them', async () => {
      const one = text('a');
      const cases: readonly (readonly [object, Buffer, RegExp, object?])[] = [
        [binary('text', 'BYTES', [1], 99), one, /binary_data_size must be .* 5 bytes/],
        [binary('text', 'BYTES', [1], 5), Buffer.concat([one, one]), /got 5 more/],
        [binary('text', 'BYTES', [1], 4), one, /cut off/],
        [binary('text', 'BYTES', [1], -1), one, /binary_data_size/],
        [binary('text', 'BYTES', [1], 5), Buffer.from([9, 0, 0, 0, 65]), /cut off/],
        [binary('text', 'BYTES', [1], 5), Buffer.from([1, 0, 0, 0, 0xe9]), /texts in UTF-8, got/],
        [binary('text', 'BYTES', [2], 5), one, /2 elements, as its shape says, got 1/],
        [binary('text', 'FP32', [1], 5), one, /a multiple of 4/],
        [binary('text', 'NAN8', [1], 5), one, /BYTES, got "NAN8"/],
      ];
      for (const [input, bytes, message] of cases) {
        const answer = await send('moods', { inputs: [input] }, bytes);
        assert.equal(answer.status, 400, JSON.stringify(input));
        assert.match(String(answer.body['error']), message);
      }
      const long = { 'inference-header-content-length': '1000000' };
      const answer = await send('moods', { inputs: [] }, one, long);
      assert.match(String(answer.body['error']), /inference-header-content-length/);
      const typed = await send('moods', {}, one, { 'content-type': 'text/plain' });
      assert.equal(typed.status, 415);
    });
  });

  it('passes on who must answer, and how long its caller waits', async () => {
    await infer('moods', { ...text(['a']), parameters: { route: 'teacher', timeoutMs: 250 } });

    const { route, timeoutMs } = asked.at(-1)!;
    assert.deepEqual([route, timeoutMs], ['teacher', 250]);
  });

  it('leaves probabilities out where the teacher has none, or says so', async () => {
    hasProbabilities = false;
    const all = await infer('moods', text(['a']));
    const wanted = await infer('moods', { ...text(['a']), outputs: [{ name: 'probabilities' }] });
    hasProbabilities = true;

    const names = (all.body['outputs'] as { name: string }[]).map(({ name }) => name);
    assert.deepEqual(names, ['label', 'id', 'route', 'reason']);
    assert.equal(wanted.status, 409);
  });

  it('says what is wrong in the words of the protocol, too', async () => {
    const tensor = { name: 'text', datatype: 'BYTES', shape: [1], data: ['a'] };
    const wrong: readonly (readonly [unknown, RegExp])[] = [
      [[], /an object/],
      [{}, /inputs must be a list/],
      [{ inputs: [] }, /1 tensor\(s\): text/],
      [{ inputs: [{ ...tensor, name: 'image' }] }, /the tensor text/],
      [{ inputs: [{ ...tensor, datatype: 'FP32' }] }, /BYTES, got "FP32"/],
      [{ inputs: [{ ...tensor, shape: [0] }] }, /at least 1, got 0/],
      [{ inputs: [{ ...tensor, shape: [4], data: ['a', 'b', 'c', 'd'] }] }, /1 to 3 rows/],
      [{ inputs: [{ ...tensor, shape: [2] }] }, /2 elements, as its shape says, got 1/],
      [{ inputs: [{ ...tensor, data: ['a', 'b'] }] }, /got more than 1/],
      [{ inputs: [{ ...tensor, shape: [1, 2], data: ['a', 'b'] }] }, /one text a row/],
      [{ inputs: [{ name: 'text', datatype: 'BYTES', shape: [1] }] }, /Data in shared memory/],
      [text([7]), /a text of 1 to 20 characters, got 7/],
      [{ ...text(['a']), outputs: [{ name: 'logits' }] }, /one of label, probabilities/],
      [{ ...text(['a']), parameters: { route: 'me' } }, /route must be/],
    ];
    for (const [body, message] of wrong) {
      const answer = await infer('moods', body);
      assert.equal(answer.status, 400, JSON.stringify(body));
      assert.match(String(answer.body['error']), message);
      assert.equal(answer.body['code'], 'INVALID_INPUT');
    }
    const unknown = await infer('nothing', text(['a']));
    assert.equal(unknown.status, 404);
    assert.match(String(unknown.body['error']), /Tasks served here: moods, tables, squares/);
  });

  it('fails as its teacher does', async () => {
    failure = new TeacherTimeoutError('No answer from teacher big in 5 ms.');
    const answer = await infer('moods', text(['a']));
    failure = null;

    assert.deepEqual([answer.status, answer.body['code']], [503, 'TEACHER_TIMEOUT']);
  });
});
