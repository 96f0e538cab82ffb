import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { InvalidConfigError } from '../../src/errors.js';
import { writeParquet } from '../../src/files/parquet-file.js';
import {
  floatsOfImage,
  readLabelledImages,
  writeLabelledImages,
  type LabelledImage,
} from '../../src/task/labelled-images.js';
import { imageSizeOf } from '../../src/task/task.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
const spec = {
  input: { kind: 'image', width: 2, height: 2, channels: 1 },
  labels: ['cat', 'dog', '7'],
} as const;
const image = Uint8Array.of(0, 1, 128, 255);
const row = (changes: Partial<LabelledImage> = {}): LabelledImage => ({
  image,
  label: 1,
  probabilities: null,
  ...changes,
});

describe('a labelled file', () => {
  it('gives back images, labels and distributions, to the last bit', async () => {
    const path = join(directory, 'rows.parquet');
    const rows = [
      row({ probabilities: Float64Array.of(0.1, 0.2, 0.7) }),
      row({ image: Uint8Array.of(9, 9, 9, 9), label: 2 }),
      row({ label: 0, probabilities: Float64Array.of(9, 1 / 3, 1e-300, 2 / 3).subarray(1) }),
    ];

    await writeLabelledImages(path, rows, spec.labels);

    assert.deepEqual(await readLabelledImages(path, spec), rows);
  });

  it('has no distributions where no row has one', async () => {
    const path = join(directory, 'labels.parquet');

    await writeLabelledImages(path, [row(), row({ label: 2 })], spec.labels);

    assert.deepEqual(await readLabelledImages(path, spec), [row(), row({ label: 2 })]);
  });

  it('may give labels as whole numbers, which mean the label of that name', async () => {
    const path = join(directory, 'numbers.parquet');
    await writeParquet(path, [
      { name: 'image', type: 'BYTE_ARRAY', data: [image] },
      { name: 'label', type: 'INT32', data: [7] },
    ]);

    assert.deepEqual(await readLabelledImages(path, spec), [row({ label: 2 })]);
  });

  const wrong: readonly {
    readonly name: string;
    readonly columns: Parameters<typeof writeParquet>[1];
    readonly message: RegExp;
  }[] = [
    {
      name: 'an image of another size',
      columns: [
        { name: 'image', type: 'BYTE_ARRAY', data: [image, image.slice(1)] },
        { name: 'label', type: 'STRING', data: ['cat', 'cat'] },
      ],
      message: /row 1: image must be 4 bytes, got 3 bytes\./,
    },
    {
      name: 'an image that is a text',
      columns: [
        { name: 'image', type: 'STRING', data: ['0128'] },
        { name: 'label', type: 'STRING', data: ['cat'] },
      ],
      message: /row 0: image must be 4 bytes, got string\./,
    },
    {
      name: 'no image',
      columns: [{ name: 'label', type: 'STRING', data: ['cat'] }],
      message: /row 0: image must be 4 bytes, got undefined\./,
    },
    {
      name: 'a label that the task has not',
      columns: [
        { name: 'image', type: 'BYTE_ARRAY', data: [image] },
        { name: 'label', type: 'STRING', data: ['cow'] },
      ],
      message: /row 0: label must be one of the task's labels, got cow\./,
    },
    {
      name: 'a distribution over another number of labels',
      columns: [
        { name: 'image', type: 'BYTE_ARRAY', data: [image] },
        { name: 'label', type: 'STRING', data: ['cat'] },
        { name: 'probabilities', type: 'BYTE_ARRAY', data: [new Uint8Array(16)] },
      ],
      message: /row 0: probabilities must be 24 bytes .* got 16 bytes\./,
    },
  ];
  for (const { name, columns, message } of wrong) {
    it(`is refused for ${name}, which it names with the file and row`, async () => {
      const path = join(directory, `${name}.parquet`);
      await writeParquet(path, columns);

      await assert.rejects(readLabelledImages(path, spec), (error) => {
        assert.ok(error instanceof InvalidConfigError);
        assert.ok(error.message.startsWith(path));
        assert.match(error.message, message);
        return true;
      });
    });
  }

  it('is refused when it is missing or no Parquet', async () => {
    const path = join(directory, 'notes.txt');
    writeFileSync(path, 'not a table');

    for (const odd of [path, join(directory, 'nowhere.parquet')]) {
      await assert.rejects(readLabelledImages(odd, spec), (error) => {
        assert.ok(error instanceof InvalidConfigError);
        assert.match(error.message, /(notes|nowhere).* cannot be read as Parquet: /);
        return true;
      });
    }
  });
});

describe('an image', () => {
  it('becomes floats from 0 black to 1 white', () => {
    // 128 / 255 and 1 / 255 rounded to float32.
    assert.deepEqual(
      floatsOfImage(image),
      Float32Array.of(0, 0.003921568859368563, 0.501960813999176, 1),
    );
  });

  it('has as many values as it has pixels and channels', () => {
    assert.equal(imageSizeOf({ kind: 'image', width: 28, height: 20, channels: 1 }), 560);
  });
});
