import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fitLogisticHead, positiveShare } from '../../../src/demo/reviews/logistic-head.js';
import { loadReviewsSplit } from '../../../src/demo/reviews/reviews-split.js';
import { openSentenceEncoder } from '../../../src/demo/reviews/sentence-encoder.js';
import { startReviewsTeacher } from '../../../src/demo/reviews/start-teacher.js';
import { encodeText } from '../../../src/task/text-codec.js';
import { openOipTeacher } from '../../../src/teacher/oip/oip-teacher.js';
import { oipOptions } from '../../support/oip-options.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const rowsPerSource = 10;
const { teacherTraining, stream } = loadReviewsSplit(rowsPerSource);
const task = {
  input: { kind: 'text', charsMax: 1000 },
  labels: ['negative', 'positive'],
} as const;

describe('the teacher of the demo of reviews', () => {
  it('answers as its encoder and its head do, and ends when it is told to', async () => {
    const ends: (number | null)[] = [];
    const server = await startReviewsTeacher({
      rowsPerSource,
      cwd: temporaryDirectory(),
      env: process.env,
      onUnexpectedEnd: (code) => ends.push(code),
    });
    const output = { name: 'probabilities', holds: 'probabilities' };
    const options = oipOptions({ url: server.url, model: 'reviews', output }, null);
    const { teacher, unchecked } = await openOipTeacher(task, options, () => Date.now());
    const texts = stream.imdb.slice(0, 5).map(({ text }) => text);

    const answers = await teacher.label(texts.map(encodeText));
    await server.stop();

    const { embed } = await openSentenceEncoder();
    const vectors = await embed(teacherTraining.map(({ text }) => text));
    const head = fitLogisticHead(
      teacherTraining.map(({ label }, index) => ({ vector: vectors[index]!, label })),
      1,
    );
    const expected = (await embed(texts)).map((vector) => positiveShare(head, vector));
    assert.equal(unchecked, null);
    for (const [index, { probabilities, label }] of answers.entries()) {
      const difference = Math.abs(probabilities![1]! - expected[index]!);
      assert.ok(difference < 1e-6, `row ${index} differs by ${difference}`);
      assert.equal(label, expected[index]! > 0.5 ? 1 : 0);
    }
    assert.deepEqual(ends, []);
  });
});
