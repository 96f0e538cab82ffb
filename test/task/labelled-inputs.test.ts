import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { InvalidConfigError } from '../../src/errors.js';
import { writeParquet } from '../../src/files/parquet-file.js';
import { parseInput } from '../../src/http/parse-input.js';
import { readLabelledInputs } from '../../src/task/labelled-inputs.js';
import type { InputSpec, TensorInput } from '../../src/task/task.js';
import { encodeTensors } from '../../src/task/tensor-codec.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

type Columns = Parameters<typeof writeParquet>[1];
const directory = temporaryDirectory();
const labels = ['no', 'yes'];
const text = { kind: 'text', charsMax: 12 } as const;
const tensor: TensorInput = {
  kind: 'tensor',
  tensors: [
    { name: 'ids', dtype: 'int64', shape: [null] },
    { name: 'age', dtype: 'float32', shape: [] },
  ],
};
const tensorsOf = (ids: readonly bigint[], age: number) =>
  encodeTensors(
    [
      { data: BigInt64Array.from(ids), dims: [ids.length] },
      { data: Float32Array.of(age), dims: [] },
    ],
    tensor,
  );

let files = 0;
async function written(columns: Columns): Promise<string> {
  const path = join(directory, `rows-${files++}.parquet`);
  await writeParquet(path, columns);
  return path;
}
const texts = (...data: (string | null)[]): Columns => [
  { name: 'text', type: 'STRING', data },
  { name: 'label', type: 'STRING', data: data.map(() => 'yes') },
];
const inputs = (...data: Uint8Array[]): Columns => [
  { name: 'input', type: 'BYTE_ARRAY', data },
  { name: 'label', type: 'STRING', data: data.map(() => 'no') },
];

describe('a file of labelled inputs', () => {
  it('has texts, as a caller would have sent them', async () => {
    const given = ['hello', 'Straße 🙂', 'x'.repeat(12)];
    const path = await written(texts(...given));

    const rows = await readLabelledInputs(path, { input: text, labels });

    assert.deepEqual(
      rows.map(({ input }) => Buffer.from(input)),
      given.map((one) => Buffer.from(parseInput(one, text, 'input'))),
    );
    assert.deepEqual(
      rows.map(({ label, probabilities }) => [label, probabilities]),
      given.map(() => [1, null]),
    );
  });

  it('may have the distribution over the labels of some rows', async () => {
    const bytes = Buffer.from(Float64Array.of(0.25, 0.75).buffer);
    const columnOf = (data: (Uint8Array | null)[]): Columns => [
      ...texts('hello', 'world'),
      { name: 'probabilities', type: 'BYTE_ARRAY', data },
    ];
    const read = async (...data: (Uint8Array | null)[]) =>
      readLabelledInputs(await written(columnOf(data)), { input: text, labels });

    const rows = await read(null, bytes);

    assert.deepEqual(
      rows.map(({ probabilities }) => probabilities),
      [null, Float64Array.of(0.25, 0.75)],
    );
    await assert.rejects(read(bytes, bytes.subarray(8)), /row 1: probabilities must be 16 bytes/);
  });

  it('has tensors, as their canonical bytes', async () => {
    const given = [tensorsOf([1n, -2n, 3n], 0.5), tensorsOf([7n], 42)];
    const path = await written(inputs(...given));

    const rows = await readLabelledInputs(path, { input: tensor, labels });

    assert.deepEqual(
      rows.map(({ input }) => Buffer.from(input)),
      given.map((one) => Buffer.from(one)),
    );
    assert.deepEqual(
      rows.map(({ label }) => label),
      [0, 0],
    );
  });

  it('makes bytes canonical that are not: equal inputs must have one draw', async () => {
    const negative = tensorsOf([1n], 0).slice();
    negative[negative.length - 5] = 0x80; // The sign of age: -0.
    const path = await written(inputs(negative));

    const [row] = await readLabelledInputs(path, { input: tensor, labels });

    assert.notDeepEqual(Buffer.from(negative), Buffer.from(tensorsOf([1n], 0)));
    assert.deepEqual(Buffer.from(row!.input), Buffer.from(tensorsOf([1n], 0)));
  });

  it('has images, as their pixels in [0, 1]', async () => {
    const image = Uint8Array.of(0, 1, 128, 255);
    const input = { kind: 'image', width: 2, height: 2, channels: 1 } as const;
    const path = await written([
      { name: 'image', type: 'BYTE_ARRAY', data: [image] },
      { name: 'label', type: 'STRING', data: ['yes'] },
    ]);

    const rows = await readLabelledInputs(path, { input, labels });

    assert.deepEqual(rows, [{ input: image, label: 1, probabilities: null }]);
  });

  const cut = tensorsOf([1n], 1).subarray(0, 16);
  const notANumber = tensorsOf([1n], 0).slice();
  notANumber.set([0, 0, 0xc0, 0x7f], notANumber.length - 8);
  const refused: readonly (readonly [string, InputSpec, Columns, RegExp])[] = [
    ['a text is empty', text, texts('a', ''), /row 1: text must be a text that is not empty/],
    ['a text is too long', text, texts('x'.repeat(13)), /row 0: text has 13 characters, .* 12\./],
    ['a text has a NUL', text, texts('a\0b'), /row 0: text must have no NUL/],
    ['there are no texts', text, inputs(cut), /row 0: text must be .*, got nothing/],
    ['tensors are cut short', tensor, inputs(cut), /row 0: input is not the bytes .* cut short/],
    ['a number is NaN', tensor, inputs(notANumber), /row 0: input is not .* age: not a float32/],
    ['there are no tensors', tensor, texts('a'), /row 0: input must be bytes, got nothing/],
    [
      'a label is not the task’s',
      text,
      [
        { name: 'text', type: 'STRING', data: ['a', 'b'] },
        { name: 'label', type: 'STRING', data: ['yes', 'maybe'] },
      ],
      /row 1: label must be one of the task's labels, got maybe/,
    ],
  ];
  for (const [why, input, columns, message] of refused)
    it(`is refused where ${why}, with its name and the row`, async () => {
      const path = await written(columns);

      await assert.rejects(readLabelledInputs(path, { input, labels }), (error) => {
        assert.ok(error instanceof InvalidConfigError);
        assert.ok(error.message.startsWith(path));
        assert.match(error.message, message);
        return true;
      });
    });

  it('is refused where it is no Parquet', async () => {
    const path = join(directory, 'notes.txt');
    writeFileSync(path, 'not a table');

    await assert.rejects(readLabelledInputs(path, { input: text, labels }), {
      name: 'InvalidConfigError',
      message: /notes\.txt cannot be read as Parquet/,
    });
  });
});
