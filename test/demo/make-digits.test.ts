import assert from 'node:assert/strict';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { digitsTask, loadDigitsSplit } from '../../src/demo/digits-split.js';
import { makeDigits, type MakeDigitsResult } from '../../src/demo/make-digits.js';
import { accuracyOf, openModel } from '../../src/demo/open-model.js';
import { repositoryRoot } from '../../src/files/repository-root.js';
import { readBundle } from '../../src/registry/read-bundle.js';
import { readLabelledImages } from '../../src/task/labelled-images.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const committed = join(repositoryRoot(), 'models', 'digits');
const dir = temporaryDirectory();
const told: string[] = [];
let made: MakeDigitsResult;

before(async () => {
  cpSync(join(committed, 'teacher'), join(dir, 'teacher'), { recursive: true });
  made = await makeDigits({
    dir,
    keepTeacher: true,
    now: () => 1_700_000_000_000,
    onProgress: (what, share) => told.push(`${what} ${share}`),
  });
});

describe('making the digits again with the teacher that is there', () => {
  it('trains a student on 300 rows that the teacher labelled', async () => {
    const { lineage, createdAt } = made.student;

    assert.equal(lineage!.rows, 300);
    assert.equal(lineage!.teacherVersion, made.teacher.version);
    assert.equal(createdAt, '2023-11-14T22:13:20.000Z');
    const { manifest } = await readBundle(join(dir, 'student'));
    assert.deepEqual(manifest, made.student);
    assert.deepEqual(made.teacher, (await readBundle(join(committed, 'teacher'))).manifest);
  });

  it('measures both on the test digits, about as good as the committed ones', async () => {
    const student = await openModel(join(committed, 'student'));
    const accuracy = await accuracyOf(student, loadDigitsSplit().test);
    await student.close();

    // Not equal: the last bits of a product depend on the processor.
    assert.ok(Math.abs(made.testAccuracy.student - accuracy) < 0.02);
    assert.ok(made.testAccuracy.teacher >= 0.985);
  });

  it('fits the temperature of the student on rows beside those', () => {
    const { temperature } = made.student.calibration;

    assert.ok(temperature > 0.4 && temperature < 1.2, `temperature ${temperature}`);
    assert.notEqual(temperature, 1);
  });

  it('writes the seed rows with the labels of the teacher', async () => {
    const rows = await readLabelledImages(join(dir, 'data', 'seed.parquet'), digitsTask);
    const before = await readLabelledImages(join(committed, 'data', 'seed.parquet'), digitsTask);

    assert.deepEqual(
      rows.map(({ label }) => label),
      before.map(({ label }) => label),
    );
    const text = (path: string): string => readFileSync(join(path, 'data', 'split.json'), 'utf8');
    assert.equal(text(dir), text(committed));
  });

  it('tells how far it is, and makes no teacher', () => {
    assert.ok(told.every((line) => line.startsWith('student ')));
    assert.equal(told.at(-1), 'student 1');
  });
});

describe('a model by itself', () => {
  it('labels images by its softmax at the temperature of its manifest', async () => {
    const model = await openModel(join(committed, 'student'));
    const images = loadDigitsSplit()
      .golden.slice(0, 3)
      .map(({ image }) => image);
    const logits = await model.score(images);

    const labelled = await model.label(images);
    await model.close();

    for (const [row, { image, label, probabilities }] of labelled.entries()) {
      const own = [...logits[row]!];
      const powers = own.map((z) => Math.exp(z / model.manifest.calibration.temperature));
      const total = powers.reduce((sum, power) => sum + power, 0);
      assert.equal(image, images[row]);
      assert.equal(label, own.indexOf(Math.max(...own)));
      assert.ok(Math.abs(probabilities![label]! - powers[label]! / total) < 1e-9);
    }
  });
});
