import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  intentsTask,
  intentWords,
  writeEncoderBundle,
} from '../../../loadtest/encoder/encoder-bundle.js';
import { smallEncoder } from '../../../loadtest/encoder/encoder-graph.js';
import { makeTexts } from '../../../loadtest/encoder/word-piece.js';
import { compressBundle } from '../../../src/distillation/compress/compress-bundle.js';
import { recordAnswers } from '../../../src/distillation/record-answers.js';
import { scoreModel } from '../../../src/distillation/score-model.js';
import { openInlineRunner } from '../../../src/model/inline-runner.js';
import { loadModel } from '../../../src/model/loaded-model.js';
import { measureModel } from '../../../src/model/measure-model.js';
import { readBundle } from '../../../src/registry/read-bundle.js';
import { recordedAnswersOf } from '../../../src/student/recorded-answers.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const directory = temporaryDirectory();
const [given, small] = [join(directory, 'given'), join(directory, 'small')];
const inputs = makeTexts(intentWords(), { count: 40, wordsMin: 5, wordsMax: 30, seed: 3 }).map(
  (text) => new TextEncoder().encode(text),
);
await writeEncoderBundle(given, { ...smallEncoder, seed: 1 });
await recordAnswers(given, inputs.slice(0, 4));
const made = await compressBundle(given, small);

async function scoresOf(dir: string): Promise<readonly Float32Array[]> {
  const runner = await openInlineRunner({ ...(await readBundle(dir)), provider: 'cpu' });
  try {
    return await scoreModel(runner, inputs);
  } finally {
    await runner.close();
  }
}

const dot = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, at) => sum + value * b[at]!, 0);
const cosine = (a: Float32Array, b: Float32Array): number =>
  dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));

describe('a bundle in 8 bits', () => {
  it('of a transformer encoder has its products and its table in bytes', async () => {
    const [before, after] = [await readBundle(given), await readBundle(small)];

    // Two layers: both products of the feed-forward network; query, key, value and output are too
    // small to gain, and are kept in bytes, as words, positions and the head are.
    assert.equal(after.manifest.compression!.products, 4);
    assert.equal(after.manifest.compression!.kept, 2 * 4 + 2);
    const share = after.manifest.model.bytes / before.manifest.model.bytes;
    assert.ok(share < 0.3, String(share)); // Positions and the head stay in floats.
    assert.deepEqual(made!.manifest.labels, intentsTask.labels);
  });

  it('gives scores near those in floats', async () => {
    const [before, after] = [await scoresOf(given), await scoresOf(small)];

    const likeness = before.map((row, index) => cosine(row, after[index]!));
    assert.ok(Math.min(...likeness) > 0.995, String(Math.min(...likeness)));
    assert.ok(likeness.some((value) => value < 1));
  });

  it('keeps its tokenizer, and records its own answers anew', async () => {
    const [before, after] = [await readBundle(given), await readBundle(small)];

    assert.deepEqual([...after.files.keys()].sort(), [...before.files.keys()].sort());
    const [recorded, old] = [recordedAnswersOf(after), recordedAnswersOf(before)];
    assert.deepEqual(
      recorded.map(({ input }) => Buffer.from(input)),
      old.map(({ input }) => Buffer.from(input)),
    );
    const [own] = await scoresOf(small);
    recorded[0]!.logits.forEach((logit, label) => assert.ok(Math.abs(logit - own![label]!) < 1e-4));
  });

  it('answers rows alone as beside others: their steps are their own', async () => {
    const bundle = await readBundle(small);
    const model = await loadModel({ ...bundle, provider: 'cpu' });
    try {
      const { batching } = await measureModel(model, inputs.slice(0, 16), 8);

      assert.ok(batching === 'exact' || batching === 'rounding', batching);
    } finally {
      await model.close();
    }
  });
});
