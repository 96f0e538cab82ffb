import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { trainableWords } from '../../src/distillation/trainable-words.js';
import { repositoryRoot } from '../../src/files/repository-root.js';
import { linesStudent, ordersStudent } from '../support/brought-students.js';
import { writeHandWritten } from '../support/hand-written.js';
import { linesTask } from '../support/lines-task.js';
import { onnxFile } from '../support/onnx-file.js';
import { ordersTask } from '../support/orders-task.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { tinyInput } from '../support/tiny-model.js';

const directory = temporaryDirectory();
const wordsOf = (model: Uint8Array, manifest: Readonly<Record<string, unknown>>) =>
  trainableWords(writeHandWritten(mkdtempSync(join(directory, 'one-')), { model, manifest }));
const lines = {
  ...{ labels: linesTask.labels, input: linesTask.input, model: { outputName: 'logits' } },
  preprocess: { kind: 'image', width: 4, height: 4, layout: 'nchw', mean: [0.3], std: [0.25] },
};
const tiny = { labels: ['yes', 'no'], input: tinyInput };

describe('what is said of the training of a bundle', () => {
  it('is how many of its numbers learn, where a run can train it further', async () => {
    const texts = {
      ...{ labels: ordersTask.labels, input: ordersTask.input },
      preprocess: {
        ...{ kind: 'hashed-ngrams', buckets: 32 },
        form: { kind: 'sparse', ids: 'ids', weights: 'weights' },
      },
    };

    assert.equal(
      await wordsOf(linesStudent(), lines),
      'a run can train it further: 379 of 395 numbers learn; frozen: bn.running_mean, ' +
        'bn.running_var',
    );
    assert.match(
      await wordsOf(ordersStudent(32, ordersTask.labels.length), texts),
      /^a run can train it further: (\d+) of \1 numbers learn$/,
    );
  });

  it('is each operator that is not covered, where none can', async () => {
    assert.equal(
      await wordsOf(linesStudent({ lrn: true }), lines),
      'no run can train it further: 1 of its 14 nodes are not covered: LRN (l1)',
    );
  });

  it('is that it has nothing to learn, where it has no weights', async () => {
    const model = onnxFile({
      inputs: [{ name: 'input', dtype: 'float32', shape: ['batch', 3] }],
      outputs: [{ name: 'logits', dtype: 'float32', shape: ['batch', 2] }],
      constants: [{ name: 'places', data: BigInt64Array.of(0n, 2n), shape: [2] }],
      nodes: [
        { op: 'Gather', inputs: ['input', 'places'], outputs: ['logits'], ints: { axis: 1 } },
      ],
    });

    assert.match(await wordsOf(model, tiny), /^no run can train it further: .*no float32 weights/);
  });

  it('is who trains it, where it is of the trainer’s own making, or in 8 bits', async () => {
    const digits = join(repositoryRoot(), 'models', 'digits', 'student');

    assert.equal(
      await trainableWords(digits),
      'the embedded trainer has made it: runs make new ones',
    );
    const compression = { kind: 'int8', of: 'v3-12345678', ofSha256: '0'.repeat(64) };
    assert.equal(
      await wordsOf(linesStudent(), {
        ...lines,
        compression: { ...compression, products: 1, kept: 0 },
      }),
      'runs train v3-12345678, whose weights it has in 8 bits',
    );
  });
});
