import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import {
  intentsTask,
  intentWords,
  writeEncoderBundle,
  writeIntentsTask,
} from '../../loadtest/encoder/encoder-bundle.js';
import { openTextSession } from '../../loadtest/encoder/text-session.js';
import { makeTexts } from '../../loadtest/encoder/word-piece.js';
import type { AnswerJson } from '../../src/http/api-types.js';
import { InferenceSession, Tensor } from '../../src/onnx/runtime.js';
import { sessionOptions } from '../../src/onnx/session-options.js';
import { float16BitsOf, numberOfFloat16 } from '../../src/task/float16.js';
import { openGateway } from '../support/gateway.js';
import { writeHandWrittenTask } from '../support/hand-written.js';
import { ask, type HttpAnswer } from '../support/http-client.js';
import { onnxFile } from '../support/onnx-file.js';
import { openRaw, parseAnswer } from '../support/raw-http.js';
import { readFixture } from '../support/read-fixture.js';
import { resizeByRuntime } from '../support/resize-model.js';
import { seededDraw } from '../support/seeded-draw.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { cast } from '../support/typed-model.js';

const directory = temporaryDirectory();
const draw = seededDraw(5);
const weightsOf = (...shape: readonly number[]) => ({
  data: Float32Array.from({ length: shape.reduce((size, n) => size * n) }, () => draw() * 2 - 1),
  shape,
});

/** Asks the student, each input in a request of its own, all of them in one turn of its loop. */
async function askTogether(
  port: number,
  task: string,
  inputs: readonly unknown[],
): Promise<readonly HttpAnswer<AnswerJson>[]> {
  const raw = openRaw(port);
  const requests = inputs.map((input, index) => {
    const body = JSON.stringify({ input, route: 'student', probabilities: true });
    return [
      `POST /v1/tasks/${task}/predict HTTP/1.1`,
      'host: here',
      'content-type: application/json',
      `content-length: ${body.length}`,
      ...(index === inputs.length - 1 ? ['connection: close'] : []),
      `\r\n${body}`,
    ].join('\r\n');
  });
  raw.socket.write(requests.join(''));
  await raw.closed;
  const answers = raw.received().split(/(?=HTTP\/1\.1 \d)/);
  return answers.map(parseAnswer).map(({ status, body }) => {
    return { status, body: JSON.parse(body) as AnswerJson };
  });
}

/** Asks the student, each input in a request of its own, over connections of their own. */
async function askAll(
  port: number,
  task: string,
  inputs: readonly unknown[],
): Promise<readonly HttpAnswer<AnswerJson>[]> {
  const path = `/v1/tasks/${task}/predict`;
  const bodies = inputs.map((input) => ({ input, route: 'student', probabilities: true }));
  return Promise.all(bodies.map((body) => ask<AnswerJson>(port, 'POST', path, body)));
}

/** The answer must be what the scores of an independent run say; `scores` are logits. */
function assertSays(answer: HttpAnswer<AnswerJson>, labels: readonly string[], scores: number[]) {
  const { status, body } = answer;
  assert.equal(status, 200, JSON.stringify(body));
  const top = Math.max(...scores);
  const shares = scores.map((score) => Math.exp(score - top));
  const sum = shares.reduce((total, share) => total + share, 0);
  assert.equal(body.label, labels[scores.indexOf(top)]);
  assert.equal(body.route, 'student');
  labels.forEach((label, k) => {
    const share = shares[k]! / sum;
    assert.ok(Math.abs(body.probabilities![label]! - share) < 1e-4, `${label}: ${share}`);
  });
}

async function openModel(model: Uint8Array) {
  const session = await InferenceSession.create(model, sessionOptions);
  after(() => session.release());
  return async (feeds: Readonly<Record<string, Tensor>>): Promise<number[]> => {
    const results = await session.run(feeds);
    return [...(Object.values(results)[0]!.data as Float32Array)];
  };
}

/** x [batch, features] -> logits [batch, labels]. */
const linearModel = (xShape: readonly (string | number)[], labels: number): Uint8Array => {
  const features = xShape.slice(1).reduce<number>((size, length) => size * Number(length), 1);
  return onnxFile({
    inputs: [{ name: 'x', dtype: 'float32', shape: xShape }],
    outputs: [{ name: 'logits', dtype: 'float32', shape: ['batch', labels] }],
    constants: [{ name: 'weights', ...weightsOf(features, labels) }],
    nodes: [
      { op: 'Flatten', inputs: ['x'], outputs: ['flat'], ints: { axis: 1 } },
      { op: 'MatMul', inputs: ['flat', 'weights'], outputs: ['logits'] },
    ],
  });
};

describe('a gateway with texts and hashed n-grams', () => {
  it('answers as the model does for the n-grams that plain Python counts', async () => {
    const fixture = readFixture('preprocess/fixtures/hashed_ngrams.json') as readonly {
      readonly spec: { readonly buckets: number };
      readonly text: string;
      readonly buckets: readonly number[];
      readonly weights: readonly number[];
    }[];
    const rows = fixture.filter(({ spec }) => spec.buckets === 1000);
    assert.equal(rows.length, 10);
    const labels = ['refund', 'card', 'other'];
    const model = linearModel(['batch', 1000], labels.length);
    const file = writeHandWrittenTask(join(directory, 'ngrams'), 'ngrams', {
      model,
      manifest: {
        labels,
        input: { kind: 'text' },
        preprocess: {
          ...{ kind: 'hashed-ngrams', buckets: 1000, words: [1, 1], characters: [1, 4] },
          form: { kind: 'dense', input: 'x' },
        },
      },
    });
    const run = await openModel(model);
    const { port } = await openGateway(join(directory, 'ngrams-data'), [file]);

    const inputs = rows.map(({ text }) => text);
    const answers = await askAll(port, 'ngrams', inputs);

    for (const [index, { buckets, weights }] of rows.entries()) {
      const dense = new Float32Array(1000);
      buckets.forEach((bucket, k) => (dense[bucket] = weights[k]!));
      const logits = await run({ x: new Tensor('float32', dense, [1, 1000]) });
      assertSays(answers[index]!, labels, logits);
    }
    assert.ok(new Set(answers.map(({ body }) => body.label)).size > 1);
  });
});

describe('a gateway with texts and a tokenizer', () => {
  it('answers as the encoder does for the tokens of Hugging Face’s tokenizer', async () => {
    const dir = join(directory, 'encoder');
    await writeEncoderBundle(dir, { layers: 1, width: 32, heads: 2, feedForward: 64, seed: 3 });
    const file = await writeIntentsTask(dir, { student: dir, teacher: dir });
    const session = await openTextSession(dir);
    after(() => session.close());
    const { port } = await openGateway(join(directory, 'encoder-data'), [file]);
    const texts = makeTexts(intentWords(), { count: 12, wordsMin: 2, wordsMax: 40, seed: 9 });

    const inputs = [...texts, 'Xylophon, 42 — ÉTÉ!', ''];
    const answers = await askAll(port, 'intents', inputs);

    for (const [index, text] of inputs.slice(0, -1).entries()) {
      const [logits] = await session.run([session.tokensOf(text)]);
      assertSays(answers[index]!, intentsTask.labels, logits!);
    }
    assert.equal(answers.at(-1)!.status, 400); // The empty text, alone.
    assert.ok(new Set(answers.map(({ body }) => body.label)).size > 2);
  });
});

describe('a gateway with RGB images', () => {
  const [mean, std] = [
    [0.4, 0.5, 0.6],
    [0.2, 0.25, 0.3],
  ];
  const labels = ['cat', 'dog', 'bird', 'fish'];

  /** Bytes [6, 5, 3] -> the tensor [1, 3, 4, 4] that the model takes, by ONNX's own Resize. */
  async function planesOf(bytes: Uint8Array): Promise<Float32Array> {
    const planes = Float32Array.from(bytes, (_, k) => {
      const [c, at] = [Math.floor(k / 30), k % 30];
      return bytes[at * 3 + c]! / 255;
    });
    const resized = await resizeByRuntime(planes, {
      ...{ from: [1, 3, 6, 5], to: [1, 3, 4, 4] },
      attributes: { mode: 'linear', coordinate_transformation_mode: 'half_pixel' },
    });
    return resized.map(
      (value, k) => (value - mean[Math.floor(k / 16)]!) / std[Math.floor(k / 16)]!,
    );
  }

  it('answers as the model does for planes resized by ONNX Runtime', async () => {
    const model = linearModel(['batch', 3, 4, 4], labels.length);
    const file = writeHandWrittenTask(join(directory, 'images'), 'images', {
      model,
      manifest: {
        labels,
        input: { kind: 'image', width: 5, height: 6, channels: 3 },
        preprocess: { kind: 'image', width: 4, height: 4, layout: 'nchw', mean, std },
      },
    });
    const run = await openModel(model);
    const { port } = await openGateway(join(directory, 'images-data'), [file]);
    const images = Array.from({ length: 12 }, () =>
      Uint8Array.from({ length: 90 }, () => Math.floor(draw() * 256)),
    );

    const inputs = [...images, images[0]!.subarray(1)].map((bytes) =>
      Buffer.from(bytes).toString('base64'),
    );
    const answers = await askAll(port, 'images', inputs);

    for (const [index, bytes] of images.entries()) {
      const x = new Tensor('float32', await planesOf(bytes), [1, 3, 4, 4]);
      assertSays(answers[index]!, labels, await run({ x }));
    }
    assert.equal(answers.at(-1)!.status, 400); // The image that is one byte short, alone.
    assert.ok(new Set(answers.map(({ body }) => body.label)).size > 1);
  });
});

describe('a gateway with tensors', () => {
  const labels = ['low', 'middle', 'high'];
  /** ids int64 [n], isNew bool [], share float16 [2] -> probabilities [3]; ids are 0 to 4. */
  const model = onnxFile({
    inputs: [
      { name: 'ids', dtype: 'int64', shape: ['batch', 'n'] },
      { name: 'isNew', dtype: 'bool', shape: ['batch'] },
      { name: 'share', dtype: 'float16', shape: ['batch', 2] },
    ],
    outputs: [{ name: 'probabilities', dtype: 'float32', shape: ['batch', 3] }],
    constants: [
      { name: 'table', ...weightsOf(5, 3) },
      { name: 'ofNew', ...weightsOf(1, 3) },
      { name: 'ofShare', ...weightsOf(2, 3) },
      { name: 'one', data: BigInt64Array.of(1n), shape: [1] },
    ],
    nodes: [
      { op: 'Gather', inputs: ['table', 'ids'], outputs: ['rows'], ints: { axis: 0 } },
      { op: 'ReduceSum', inputs: ['rows', 'one'], outputs: ['sum'], ints: { keepdims: 0 } },
      cast('isNew', 'newFloat', 'float32'),
      { op: 'Unsqueeze', inputs: ['newFloat', 'one'], outputs: ['column'] },
      { op: 'Mul', inputs: ['column', 'ofNew'], outputs: ['byNew'] },
      cast('share', 'shareFloat', 'float32'),
      { op: 'MatMul', inputs: ['shareFloat', 'ofShare'], outputs: ['byShare'] },
      { op: 'Add', inputs: ['sum', 'byNew'], outputs: ['both'] },
      { op: 'Add', inputs: ['both', 'byShare'], outputs: ['scores'] },
      { op: 'Softmax', inputs: ['scores'], outputs: ['probabilities'] },
    ],
  });
  const input = {
    kind: 'tensor',
    tensors: [
      { name: 'ids', dtype: 'int64', shape: [null] },
      { name: 'isNew', dtype: 'bool', shape: [] },
      { name: 'share', dtype: 'float16', shape: [2] },
    ],
  };
  const rowOf = (index: number) => ({
    ids: Array.from({ length: 1 + (index % 3) }, () => Math.floor(draw() * 5)),
    isNew: index % 2 === 0,
    share: [numberOfFloat16(float16BitsOf(draw() * 4 - 2)), 0.5 * index],
  });

  it('answers as the model does, by its probabilities; a bad row fails alone', async () => {
    const output = { kind: 'probabilities' };
    const manifest = { labels, input, output };
    const file = writeHandWrittenTask(join(directory, 'tensors'), 'tensors', { model, manifest });
    const run = await openModel(model);
    const { port } = await openGateway(join(directory, 'tensors-data'), [file]);
    const rows = Array.from({ length: 40 }, (_, index) => rowOf(index));
    const bad = { ...rows[2]!, ids: [1, 99, 2] }; // As long as those of a third of the rows.

    const answers = await askTogether(port, 'tensors', [
      ...rows.slice(0, 20),
      bad,
      ...rows.slice(20),
    ]);

    const [failed] = answers.slice(20, 21);
    assert.equal(failed!.status, 500, JSON.stringify(failed!.body));
    const good = answers.filter((_, index) => index !== 20);
    for (const [index, { ids, isNew, share }] of rows.entries()) {
      const probabilities = await run({
        ids: new Tensor('int64', BigInt64Array.from(ids, BigInt), [1, ids.length]),
        isNew: new Tensor('bool', Uint8Array.of(Number(isNew)), [1]),
        share: new Tensor('float16', Uint16Array.from(share, float16BitsOf), [1, 2]),
      });
      assertSays(good[index]!, labels, probabilities.map(Math.log));
    }
    assert.ok(new Set(good.map(({ body }) => body.label)).size > 1);
  });
});
