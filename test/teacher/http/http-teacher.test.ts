import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { httpTeacherSchema } from '../../../src/config/http-teacher-schema.js';
import { httpVersionOf, openHttpTeacher } from '../../../src/teacher/http/http-teacher.js';
import { encodeImage } from '../../../src/task/image-codec.js';
import type { TaskSpec } from '../../../src/task/task.js';
import { encodeTensors } from '../../../src/task/tensor-codec.js';
import { encodeText } from '../../../src/task/text-codec.js';
import { httpOptions } from '../../support/http-options.js';
import {
  jsonReply,
  startTeacherServer,
  type TeacherRequest,
} from '../../support/teacher-server.js';

const labels = ['bad', 'fair', 'good'];
const textTask = { input: { kind: 'text', charsMax: 100 }, labels } as const;
let answer: unknown;
let last: TeacherRequest;
const server = await startTeacherServer((request) => {
  last = request;
  return jsonReply(answer);
});

function open(
  given: Readonly<Record<string, unknown>>,
  spec: Pick<TaskSpec, 'input' | 'labels'> = textTask,
) {
  return openHttpTeacher(spec, httpOptions({ url: server.url, ...given }), () => 0);
}
const texts = (...given: readonly string[]) => given.map(encodeText);
const label = { label: '' };

describe('an http teacher', () => {
  it('puts the input where the template says, as data', async () => {
    answer = 'good';
    const body = {
      prompt: 'Text: {{input}}!',
      deep: [{ text: '{{input}}' }, 7, null, true],
      '{{input}}': 'a name stays',
    };
    await open({ request: { body }, answer: label }).label(texts('"{{input}}", $& \n'));

    assert.deepEqual(JSON.parse(last.text), {
      prompt: 'Text: "{{input}}", $& \n!',
      deep: [{ text: '"{{input}}", $& \n' }, 7, null, true],
      '{{input}}': 'a name stays',
    });
    assert.equal(last.headers['content-type'], 'application/json');
  });

  it('puts a text into a URL, escaped, and its headers beside it', async () => {
    answer = { mood: 'bad' };
    const url = `${server.url}/mood?text={{input}}&n=1`;
    const given = { url, request: { method: 'GET' }, headers: { 'x-app': 'shop' } };
    await open({ ...given, answer: { label: '/mood' } }).label(texts('a b&n=2#/ü'));

    assert.deepEqual(
      [last.method, last.path, last.text],
      ['GET', '/mood?text=a%20b%26n%3D2%23%2F%C3%BC&n=1', ''],
    );
    assert.equal(last.headers['x-app'], 'shop');
  });

  it('sends images and tensors as JSON', async () => {
    answer = 'good';
    const input = { kind: 'image', width: 2, height: 1, channels: 1 } as const;
    const image = encodeImage(Float32Array.of(0, 1));
    await open({ answer: label }, { input, labels }).label([image]);
    assert.deepEqual(JSON.parse(last.text), { input: 'AP8=' });
    await open({ request: { image: 'numbers' }, answer: label }, { input, labels }).label([image]);
    assert.deepEqual(JSON.parse(last.text), { input: [[0, 1]] });

    const tensors = [{ name: 'age', dtype: 'float32', shape: [2] }] as const;
    const spec = { kind: 'tensor', tensors } as const;
    const row = encodeTensors([{ data: Float32Array.of(1, 2), dims: [2] }], spec);
    await open({ answer: label }, { input: spec, labels }).label([row]);
    assert.deepEqual(JSON.parse(last.text), { input: { age: [1, 2] } });
  });

  it('reads scores in a list, by label, and as pairs', async () => {
    const all: readonly unknown[] = [
      [0.1, 0.2, 0.7],
      { good: 0.7, bad: 0.1, fair: 0.2 },
      labels.map((one, k) => ({ label: one, score: [0.1, 0.2, 0.7][k] })).toReversed(),
    ];
    for (const scores of all) {
      answer = { scores };
      const [row] = await open({ answer: { scores: '/scores' } }).label(texts('a'));
      assert.deepEqual([row!.label, [...row!.probabilities!]], [2, [0.1, 0.2, 0.7]]);
    }
  });

  it('brings probabilities that are off by rounding to the sum 1', async () => {
    answer = [0.1001, 0.2, 0.7];
    const [row] = await open({ answer: { scores: '' } }).label(texts('a'));

    assert.ok(Math.abs(row!.probabilities!.reduce((sum, one) => sum + one) - 1) < 1e-12);
  });

  it('reads columns of many rows', async () => {
    answer = {
      labels: ['bad', 'good'],
      scores: [
        [0.9, 0.1, 0],
        [0, 0, 1],
      ],
    };
    const request = { rows: 'many', body: ['{{inputs}}'] };
    const teacher = open({ request, answer: { label: '/labels', scores: '/scores' } });
    const rows = await teacher.label(texts('a', 'b'));

    assert.deepEqual(JSON.parse(last.text), [['a', 'b']]);
    assert.deepEqual(
      rows.map((row) => [row.label, row.probabilities![0]]),
      [
        [0, 0.9],
        [2, 0],
      ],
    );
  });

  it('does not take a label that its own scores contradict', async () => {
    answer = { label: 'bad', scores: [0.1, 0.2, 0.7] };
    const teacher = open({ answer: { label: '/label', scores: '/scores' } });

    await assert.rejects(teacher.label(texts('a')), /"bad", which is not the one with the highest/);
  });

  it('refuses mappings that can not work', () => {
    const problems = (given: object): string => {
      const file = { kind: 'http', name: 'x', url: 'http://a', costPerRowUsd: 0, answer: label };
      const parsed = httpTeacherSchema.safeParse({ ...file, ...given });
      return parsed.success ? '' : parsed.error.issues.map(({ message }) => message).join();
    };
    assert.equal(problems({}), '');
    assert.match(problems({ request: { body: { text: 'input' } } }), /must have {{input}}/);
    assert.match(problems({ request: { rows: 'many' } }), /must have {{inputs}}/);
    assert.match(problems({ request: { method: 'GET' } }), /must have {{input}}/);
    assert.match(problems({ answer: {} }), /must say where the label is/);
    assert.match(problems({ answer: { label: 'label' } }), /JSON pointer/);
    assert.match(problems({ url: 'ftp://a' }), /http:\/\//);
    assert.match(problems({ url: 'http://me:secret@a' }), /no password/);
    assert.match(problems({ headers: { host: 'b' } }), /set by the gateway itself/);
    assert.match(problems({ headers: { 'x-a': 'b\r\nc: d' } }), /printable/);
    assert.match(problems({ apiKeyEnv: 'UNDERSTUDY_KEY' }), /must not start with/);
    assert.throws(() => open({ answer: { ...label, names: { L: 'great' } } }), /no label/);
  });

  it('is another one when another path is asked, and not when another host is', () => {
    const versionOf = (url: string) => httpVersionOf(httpOptions({ url, answer: label }));

    assert.equal(versionOf('http://a:1/x?m=1'), versionOf('https://b/x?m=1'));
    assert.notEqual(versionOf('http://a:1/x?m=1'), versionOf('http://a:1/x?m=2'));
  });
});
