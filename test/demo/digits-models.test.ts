import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { InferenceSession, Tensor } from '../../src/onnx/runtime.js';
import { digitsTask } from '../../src/demo/digits-split.js';
import { repositoryRoot } from '../../src/files/repository-root.js';
import { readBundle, type Bundle } from '../../src/registry/read-bundle.js';
import { readLabelledImages } from '../../src/task/labelled-images.js';
import { countMultiplyAdds } from '../support/count-multiply-adds.js';

const root = join(repositoryRoot(), 'models', 'digits');
let teacher: Bundle;
let student: Bundle;

before(async () => {
  // Refuses any byte that is not what the manifest's checksum says.
  teacher = await readBundle(join(root, 'teacher'));
  student = await readBundle(join(root, 'student'));
});

/** Labels of the test digits by a model, straight from ONNX Runtime. */
async function labelsOf(model: Uint8Array, images: readonly Uint8Array[]): Promise<number[]> {
  const session = await InferenceSession.create(model.slice());
  const pixels = Float32Array.from(
    images.flatMap((image) => [...image]),
    (byte) => byte / 255,
  );
  const input = new Tensor('float32', pixels, [images.length, 784]);
  const logits = (await session.run({ input }))['logits']!.data as Float32Array;
  await session.release();
  return images.map((_, row) => {
    const own = logits.subarray(10 * row, 10 * row + 10);
    return own.indexOf(Math.max(...own));
  });
}

async function accuracyOf({ model }: Bundle): Promise<number> {
  const rows = await readLabelledImages(join(root, 'data', 'test.parquet'), digitsTask);
  const labels = await labelsOf(
    model,
    rows.map(({ image }) => image),
  );
  return rows.filter(({ label }, row) => labels[row] === label).length / rows.length;
}

describe('the committed models of the digits', () => {
  it('are for the task, and say where they come from', () => {
    for (const { manifest } of [teacher, student]) {
      assert.equal(manifest.task, 'digits');
      assert.deepEqual(manifest.labels, digitsTask.labels);
      assert.deepEqual(manifest.input, digitsTask.input);
      assert.equal(manifest.lineage!.command, 'npm run make:digits');
      assert.equal(manifest.version, `v0-${manifest.model.sha256.slice(0, 8)}`);
    }
    assert.equal(student.manifest.lineage!.teacherVersion, teacher.manifest.version);
  });

  it('include a teacher that reads at least 98.5 % of the test digits', async () => {
    const accuracy = await accuracyOf(teacher);

    assert.ok(accuracy >= 0.985, `accuracy ${accuracy}`);
  });

  it('include a first student of at most 300 rows, which leaves something to learn', async () => {
    const accuracy = await accuracyOf(student);

    assert.ok(student.manifest.lineage!.rows <= 300);
    assert.ok(accuracy > 0.8 && accuracy < 0.95, `accuracy ${accuracy}`);
  });

  it('do the work that their manifests say, the teacher at least 20 times as much', () => {
    const work = [teacher, student].map(({ model }) => countMultiplyAdds(model));

    assert.deepEqual(
      work,
      [teacher, student].map(({ manifest }) => manifest.model.multiplyAdds),
    );
    assert.ok(work[0]! / work[1]! >= 20, `${work[0]!} and ${work[1]!}`);
  });
});
