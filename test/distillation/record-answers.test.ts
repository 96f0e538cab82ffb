import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { recordAnswers } from '../../src/distillation/record-answers.js';
import { InvalidBundleError } from '../../src/errors.js';
import * as op from '../../src/onnx/operators.js';
import { readBundle } from '../../src/registry/read-bundle.js';
import { openOnnxStudent } from '../../src/student/onnx-student.js';
import { checkRecordedAnswers, recordedAnswersOf } from '../../src/student/recorded-answers.js';
import { encodeImage } from '../../src/task/image-codec.js';
import { square } from '../support/square-task.js';
import { writeSquareBundle } from '../support/square-bundle.js';
import { openSwitchRig } from '../support/switch-rig.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { modelOf } from '../support/tiny-model.js';

const directory = temporaryDirectory();
const eightBit = encodeImage(Float32Array.of(1, 0, 0, 0));

describe('a bundle whose answers are recorded', () => {
  it('has inputs and answers in a file of its own, and gives them again', async () => {
    const dir = writeSquareBundle(join(directory, 'recorded'), { cut: 0.5, steepness: 20 });

    await recordAnswers(dir, [eightBit, square(0.25)]);

    const bundle = await readBundle(dir);
    assert.equal(bundle.manifest.recorded, 'recorded.json');
    const recorded = recordedAnswersOf(bundle);
    assert.deepEqual(
      recorded.map(({ input, logits }) => [[...input], logits]),
      [
        [
          [255, 0, 0, 0],
          [0, 10],
        ],
        [[...square(0.25)], [0, -5]],
      ],
    );
    const student = await openOnnxStudent(bundle);
    await checkRecordedAnswers(student, recorded);
    await student.close();
  });

  it('has none where the model gives no numbers: its gate says why', async () => {
    const nan = modelOf((graph, x) => {
      return op.matMul(graph, x, graph.constant(new Float32Array(8).fill(NaN), [4, 2]));
    }, 4);
    const dir = writeSquareBundle(join(directory, 'nan'), nan);

    await recordAnswers(dir, [square(0.5)]);

    assert.equal((await readBundle(dir)).manifest.recorded, null);
    assert.equal(existsSync(join(dir, 'recorded.json')), false);
  });

  it('is not recorded with an input that it can not answer', async () => {
    const dir = writeSquareBundle(join(directory, 'odd'));

    await assert.rejects(recordAnswers(dir, [square(0.5), new Uint8Array(3)]), RangeError);

    assert.equal(existsSync(join(dir, 'recorded.json')), false);
  });
});

describe('a version with recorded answers', () => {
  /** A rig with one version that serves, and one that was added, whose files may be changed. */
  async function open() {
    const rig = await openSwitchRig(directory);
    const first = await rig.addStudent({ cut: 0.5 });
    await rig.promote(first);
    const source = writeSquareBundle(join(rig.dir, 'recorded'), { cut: 0.4 });
    await recordAnswers(source, [eightBit, square(0.25)]);
    const added = { temperature: 1, evaluation: null, isRejected: false };
    const { version } = await rig.registry.add(source, added);
    const { dir } = await rig.registry.read(version);
    const isStillFirst = () => rig.slot.peek()!.version === first;
    return { rig, version, dir, isStillFirst };
  }

  it('is promoted', async () => {
    const { rig, version } = await open();

    await rig.promote(version);

    assert.equal(rig.slot.peek()!.version, version);
  });

  it('is refused at promotion when its model file has changed', async () => {
    const { rig, version, dir, isStillFirst } = await open();
    const bytes = readFileSync(join(dir, 'model.onnx'));
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(join(dir, 'model.onnx'), bytes);

    await assert.rejects(rig.promote(version), InvalidBundleError);

    assert.ok(isStillFirst());
  });

  it('is refused when the model is another, and its manifest says it is right', async () => {
    const { rig, version, dir, isStillFirst } = await open();
    const other = readFileSync(
      join(writeSquareBundle(join(rig.dir, 'other'), { cut: 0.6 }), 'model.onnx'),
    );
    writeFileSync(join(dir, 'model.onnx'), other);
    const path = join(dir, 'manifest.json');
    const manifest = JSON.parse(readFileSync(path, 'utf8')) as { model: object };
    const sha256 = createHash('sha256').update(other).digest('hex');
    const model = { ...manifest.model, sha256, bytes: other.byteLength };
    writeFileSync(path, JSON.stringify({ ...manifest, model }));

    await assert.rejects(rig.promote(version), (error) => {
      assert.ok(error instanceof InvalidBundleError, String(error));
      assert.match(error.message, /does not give its recorded answers again: row 0, class 1/);
      return true;
    });

    assert.ok(isStillFirst());
  });
});
