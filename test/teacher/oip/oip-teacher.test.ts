import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InvalidConfigError, TeacherFailedError } from '../../../src/errors.js';
import { openOipTeacher, oipVersionOf } from '../../../src/teacher/oip/oip-teacher.js';
import { encodeImage } from '../../../src/task/image-codec.js';
import type { TaskSpec } from '../../../src/task/task.js';
import { encodeTensors } from '../../../src/task/tensor-codec.js';
import { encodeText } from '../../../src/task/text-codec.js';
import { assertNearAll } from '../../support/assert-near-all.js';
import { oipOptions } from '../../support/oip-options.js';
import { jsonReply, startTeacherServer } from '../../support/teacher-server.js';

const labels = ['bad', 'fair', 'good'];
const textTask = { input: { kind: 'text', charsMax: 100 }, labels } as const;
const imageTask = {
  input: { kind: 'image', width: 2, height: 1, channels: 3 },
  labels,
} as const;

interface Sent {
  readonly inputs: { name: string; shape: number[]; datatype: string; data: unknown[] }[];
  readonly outputs?: { name: string }[];
  readonly parameters?: unknown;
}
let sent: Sent[] = [];
let paths: string[] = [];
/** What a server says of its model; null: it knows no metadata. */
let metadata: object | null = null;
let answerTo: (sent: Sent) => object;

const server = await startTeacherServer(({ method, path, text }) => {
  paths.push(path);
  if (method === 'GET') return metadata === null ? jsonReply({}, 404) : jsonReply(metadata);
  sent.push(JSON.parse(text) as Sent);
  return jsonReply(answerTo(sent.at(-1)!));
});
const tensor = (name: string, datatype: string, shape: readonly number[]) => ({
  ...{ name, datatype, shape },
});
const scores = (shape: readonly number[] = [-1, 3]) => tensor('scores', 'FP32', shape);
const model = (inputs: readonly object[], outputs: readonly object[] = [scores()]) => ({
  ...{ name: 'm', versions: ['1'], platform: 'p', inputs, outputs },
});
/** The same scores for each row; the third label is the likeliest. */
const logits = ({ inputs }: Sent) => {
  const rows = inputs[0]!.shape[0]!;
  const data = Array.from({ length: rows }, () => [0, 1, 3]);
  return { model_name: 'm', outputs: [{ name: 'scores', shape: [rows, 3], data }] };
};

async function open(
  given: Readonly<Record<string, unknown>> = {},
  spec: Pick<TaskSpec, 'input' | 'labels'> = textTask,
) {
  [sent, paths] = [[], []];
  const options = oipOptions({ url: server.url, output: { holds: 'logits' }, ...given });
  return openOipTeacher(spec, options, () => 0);
}
const texts = (...given: readonly string[]) => given.map(encodeText);
const refusal = async (...given: Parameters<typeof open>): Promise<string> => {
  try {
    await open(...given);
  } catch (error) {
    assert.ok(error instanceof InvalidConfigError, String(error));
    return error.message;
  }
  return assert.fail('It was opened.');
};

describe('an oip teacher', () => {
  it('sends texts as the model takes them: in a list, in a column, or one by one', async () => {
    answerTo = logits;
    const shapes: [number[], number[][]][] = [
      [[-1], [[2]]],
      [[-1, 1], [[2, 1]]],
      [[-1, -1], [[2, 1]]],
      [[1], [[1], [1]]],
      [
        [1, 1],
        [
          [1, 1],
          [1, 1],
        ],
      ],
    ];
    for (const [said, expected] of shapes) {
      metadata = model([tensor('TEXT', 'BYTES', said)]);
      const { teacher } = await open();
      const answers = await teacher.label(texts('a "b"', 'c\n'));

      assert.deepEqual(
        sent.map(({ inputs }) => inputs[0]!.shape),
        expected,
      );
      assert.deepEqual(sent.flatMap(({ inputs }) => inputs[0]!.data).sort(), ['a "b"', 'c\n']);
      assert.deepEqual(
        answers.map(({ label }) => label),
        [2, 2],
      );
    }
  });

  it('gives the softmax of logits, at its temperature, in the order of its classes', async () => {
    metadata = model([tensor('TEXT', 'BYTES', [-1])]);
    answerTo = logits;
    const output = { holds: 'logits', temperature: 2, classes: ['good', 'bad', 'fair'] };
    const { teacher } = await open({ output });
    const [answer] = await teacher.label(texts('a'));

    // exp(0), exp(0.5), exp(1.5) are those of good, bad, fair.
    const weights = [Math.exp(0.5), Math.exp(1.5), 1];
    const sum = weights.reduce((total, weight) => total + weight);
    assertNearAll(
      answer!.probabilities!,
      weights.map((weight) => weight / sum),
      1e-7,
    );
    assert.equal(answer!.label, 1);
  });

  it('takes labels as texts, and as places among the classes', async () => {
    metadata = model([tensor('TEXT', 'BYTES', [-1])], [tensor('y', 'BYTES', [-1])]);
    for (const data of [
      ['good', 'bad'],
      [[2], [0]],
    ]) {
      answerTo = () => ({ outputs: [{ name: 'y', shape: [2, 1], data }] });
      const { teacher } = await open({ output: { holds: 'label' } });
      const answers = await teacher.label(texts('a', 'b'));

      assert.deepEqual(
        answers.map(({ label }) => label),
        [2, 0],
      );
      assert.equal(answers[0]!.probabilities, null);
    }
  });

  it('takes no number for a label where labels are other numbers', async () => {
    metadata = model([tensor('TEXT', 'BYTES', [-1])], [tensor('y', 'INT64', [-1])]);
    answerTo = () => ({ outputs: [{ name: 'y', shape: [1], data: [1] }] });
    const stars = { ...textTask, labels: ['1', '2', '3'] };
    const { teacher } = await open({ output: { holds: 'label' } }, stars);
    await assert.rejects(
      teacher.label(texts('a')),
      /a number, where labels look like other numbers/,
    );

    const output = { holds: 'label', classes: ['1', '2', '3'] };
    const [answer] = await (await open({ output }, stars)).teacher.label(texts('a'));
    assert.equal(answer!.label, 1);
  });

  it('sends images by the shape of the input: pixels together, or channels apart', async () => {
    answerTo = logits;
    const image = encodeImage(Float32Array.from([0, 51, 102, 153, 204, 255], (byte) => byte / 255));
    const bytes = [0, 51, 102, 153, 204, 255];
    const planar = [0, 153, 51, 204, 102, 255];
    const cases: [string, number[], number[], number[]][] = [
      ['UINT8', [-1, 1, 2, 3], [1, 1, 2, 3], bytes],
      ['UINT8', [-1, 3, 1, 2], [1, 3, 1, 2], planar],
      ['UINT8', [-1, -1, -1, 3], [1, 1, 2, 3], bytes],
      ['UINT8', [-1, 6], [1, 6], bytes],
      ['FP32', [-1, 6], [1, 6], bytes.map((byte) => Math.fround(byte / 255))],
    ];
    for (const [datatype, said, shape, data] of cases) {
      metadata = model([tensor('x', datatype, said)]);
      await (await open({}, imageTask)).teacher.label([image]);
      assert.deepEqual(sent[0]!.inputs, [{ name: 'x', shape, datatype, data }]);
    }
    metadata = model([tensor('x', 'FP32', [-1, 3, 1, 2])]);
    const input = { mean: [0, 0.2, 0.4], std: [1, 0.5, 2] };
    await (await open({ input }, imageTask)).teacher.label([image]);
    const normalised = [0, 0.6, 0, 1.2, 0, 0.3];
    assertNearAll(Float64Array.from(sent[0]!.inputs[0]!.data as number[]), normalised, 1e-6);
  });

  it('asks a model without a batch axis about one image, without that axis', async () => {
    metadata = model([tensor('x', 'UINT8', [1, 2, 3])], [scores([3])]);
    answerTo = () => ({ outputs: [{ name: 'scores', shape: [3], data: [9, 1, 1] }] });
    const image = encodeImage(new Float32Array(6));
    const answers = await (await open({}, imageTask)).teacher.label([image, image]);

    assert.deepEqual(
      sent.map(({ inputs }) => inputs[0]!.shape),
      [
        [1, 2, 3],
        [1, 2, 3],
      ],
    );
    assert.deepEqual(
      answers.map(({ label }) => label),
      [0, 0],
    );
  });

  it('sends tensors by their names, rows of one length together', async () => {
    const input = {
      kind: 'tensor',
      tensors: [
        { name: 'ids', dtype: 'int64', shape: [null] },
        { name: 'new', dtype: 'bool', shape: [] },
      ],
    } as const;
    metadata = model([tensor('new', 'BOOL', [-1]), tensor('ids', 'INT64', [-1, -1])]);
    answerTo = ({ inputs }) => {
      const { shape, data } = inputs[0]!;
      const rows = Array.from({ length: shape[0]! }, (_, k) => data[k * shape[1]!] as number);
      const one = (place: number) => [0, 1, 2].map((k) => (k === place ? 5 : 0));
      return { outputs: [{ name: 'scores', shape: [rows.length, 3], data: rows.map(one) }] };
    };
    const row = (ids: readonly bigint[], isNew: boolean) =>
      encodeTensors(
        [
          { data: BigInt64Array.from(ids), dims: [ids.length] },
          { data: Uint8Array.of(Number(isNew)), dims: [] },
        ],
        input,
      );
    const { teacher } = await open({}, { input, labels });
    const rows = [row([2n, 9007199254740993n], true), row([0n], false), row([1n, 1n], false)];
    const answers = await teacher.label(rows);

    assert.deepEqual(
      answers.map(({ label }) => label),
      [2, 0, 1],
    );
    const pair = sent.find(({ inputs }) => inputs[0]!.shape[0] === 2)!;
    assert.deepEqual(pair.inputs[0]!.shape, [2, 2]);
    assert.deepEqual(pair.inputs[1], {
      name: 'new',
      shape: [2],
      datatype: 'BOOL',
      data: [true, false],
    });
    assert.ok(paths.length === 3);
  });

  it('parts many rows into requests, and keeps their order', async () => {
    metadata = model([tensor('TEXT', 'BYTES', [-1])], [tensor('y', 'BYTES', [-1])]);
    answerTo = ({ inputs }) => {
      const { data, shape } = inputs[0]!;
      return { outputs: [{ name: 'y', shape, data }] };
    };
    const given = Array.from({ length: 10 }, (_, k) => labels[k % 3]!);
    const { teacher } = await open({ rowsMax: 4, output: { holds: 'label' } });
    const answers = await teacher.label(texts(...given));

    assert.deepEqual(
      answers.map(({ label }) => labels[label]),
      given,
    );
    assert.deepEqual(sent.map(({ inputs }) => inputs[0]!.shape[0]).sort(), [2, 4, 4]);
  });

  it('asks for a version, an output, and with parameters, where it is told to', async () => {
    metadata = model([tensor('TEXT', 'BYTES', [-1])], [scores(), tensor('other', 'FP32', [-1])]);
    answerTo = (request) => ({ ...logits(request), model_version: '3' });
    const output = { name: 'scores', holds: 'logits' };
    const parameters = { route: 'teacher' };
    const input = { parameters: { content_type: 'str' } };
    const given = { model: 'a b', modelVersion: '3', output, parameters, input };
    await (await open(given)).teacher.label(texts('a'));

    assert.deepEqual(
      paths,
      ['', '/infer'].map((end) => `/v2/models/a%20b/versions/3${end}`),
    );
    assert.deepEqual(sent[0], {
      inputs: [
        { name: 'TEXT', shape: [1], datatype: 'BYTES', parameters: input.parameters, data: ['a'] },
      ],
      ...{ outputs: [{ name: 'scores' }], parameters },
    });
    answerTo = (request) => ({ ...logits(request), model_version: '4' });
    const { teacher } = await open(given);
    await assert.rejects(teacher.label(texts('a')), /version "4"; expected one of version 3/);
  });

  it('needs no metadata where the task file says what the model takes', async () => {
    metadata = null;
    answerTo = logits;
    const input = { name: 'text', datatype: 'BYTES', shape: [-1, 1] };
    const { teacher, unchecked } = await open({ input });
    const answers = await teacher.label(texts('a', 'b'));

    assert.equal(unchecked, null);
    assert.deepEqual(sent[0]!.inputs[0]!.shape, [2, 1]);
    assert.equal(answers.length, 2);
    metadata = { name: 'm', platform: 'mlserver' }; // MLServer, with a runtime of its user's own.
    assert.match(await refusal(), /says nothing of its inputs/);
    assert.equal((await open({ input })).unchecked, null);
  });

  it('says what does not fit, and what to write', async () => {
    const outputs = [scores(), tensor('other', 'FP32', [-1])];
    const misfits: [object, RegExp, Parameters<typeof open>?][] = [
      [model([tensor('x', 'FP32', [-1, 4])]), /x is FP32 \[-1, 4\], but a text goes into BYTES/],
      [model([tensor('x', 'BYTES', [-1, 4])]), /but a text goes into \[-1\] or \[-1, 1\]/],
      [model([tensor('x', 'BYTES', [3])]), /but a text goes into \[-1\]/],
      [model([tensor('a', 'BYTES', [-1]), tensor('b', 'BYTES', [-1])]), /the inputs a BYTES/],
      [model([tensor('x', 'BYTES', [-1])], outputs), /the outputs scores FP32.*output\.name/],
      [model([tensor('x', 'BYTES', [-1])], [tensor('y', 'BYTES', [-1])]), /holds texts, no logits/],
      [
        model([tensor('x', 'FP32', [-1, 9])]),
        /\[1, 2, 3\] or \[3, 1, 2\] or \[6\]/,
        [{}, imageTask],
      ],
      [model([tensor('x', 'INT32', [-1, 6])]), /an image goes into UINT8, FP32/, [{}, imageTask]],
    ];
    for (const [said, message, given = [{}]] of misfits) {
      metadata = said;
      assert.match(await refusal(...given), message);
    }
    metadata = model([tensor('x', 'BYTES', [-1])]);
    const classes = ['bad', 'good', 'great'];
    assert.match(await refusal({ output: { holds: 'logits', classes } }), /no "great"/);
  });

  it('finds a misfit with its first row, where its server was away at the start', async () => {
    metadata = { error: 'loading' };
    const { teacher, unchecked } = await open();
    metadata = model([tensor('x', 'FP32', [-1, 4])]);

    assert.ok(unchecked instanceof TeacherFailedError);
    await assert.rejects(teacher.label(texts('a')), (error) => {
      assert.ok(error instanceof TeacherFailedError && !error.isRetryable);
      assert.match(error.message, /but a text goes into BYTES/);
      return true;
    });
  });

  it('asks what its model takes again, once that has refused', async () => {
    metadata = model([tensor('x', 'BYTES', [-1])]);
    answerTo = logits;
    const { teacher } = await open();
    metadata = model([tensor('y', 'BYTES', [-1, 1])]);
    answerTo = (request) => (request.inputs[0]!.name === 'y' ? logits(request) : { outputs: [] });

    await assert.rejects(teacher.label(texts('a')), TeacherFailedError);
    assert.equal((await teacher.label(texts('a'))).length, 1);
  });

  it('is another one when another model is asked, and not when that has moved', () => {
    const versionOf = (given: object) => oipVersionOf(oipOptions({ url: 'http://a:1', ...given }));
    const others: readonly object[] = [
      ...[{ model: 'n' }, { modelVersion: '2' }, { revision: 'b' }, { parameters: { x: 1 } }],
      { output: { holds: 'logits' } },
    ];

    assert.equal(new Set([{}, ...others].map(versionOf)).size, others.length + 1);
    const same = [{ url: 'https://b' }, { timeoutMs: 1 }, { rowsMax: 1 }, { costPerRowUsd: 9 }];
    assert.equal(new Set([{}, ...same].map(versionOf)).size, 1);
  });
});
