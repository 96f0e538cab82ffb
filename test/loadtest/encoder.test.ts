import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import {
  intentsTask,
  intentWords,
  writeEncoderBundle,
  writeIntentsTask,
} from '../../loadtest/encoder/encoder-bundle.js';
import { smallEncoder } from '../../loadtest/encoder/encoder-graph.js';
import { openTextSession } from '../../loadtest/encoder/text-session.js';
import { makeTexts } from '../../loadtest/encoder/word-piece.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const dir = temporaryDirectory();
await writeEncoderBundle(dir, { ...smallEncoder, seed: 1 });
const session = await openTextSession(dir);
const texts = makeTexts(intentWords(), { count: 64, wordsMin: 3, wordsMax: 40, seed: 5 });
const indexOfMax = (values: readonly number[]): number => values.indexOf(Math.max(...values));

describe('the encoder with random weights', () => {
  it('has one token a word that it knows, and pieces for those that it does not', () => {
    const unknown = 1;

    for (const text of texts)
      assert.equal(session.tokensOf(text).length, text.split(' ').length + 2);
    const strange = session.tokensOf('Xylophon, 42!');
    assert.ok(strange.length > 6 && !strange.includes(unknown), strange.join());
  });

  it('answers a text the same alone, in company, and with more padding', async () => {
    const lists = texts.map((text) => session.tokensOf(text));

    const together = await session.run(lists, 128);

    for (const [row, list] of lists.entries()) {
      const [alone] = await session.run([list]);
      alone!.forEach((logit, label) =>
        assert.ok(Math.abs(logit - together[row]![label]!) < 1e-4, `row ${row}, label ${label}`),
      );
    }
  });

  it('gives logits of a sane size, and different texts different labels', async () => {
    const logits = await session.run(texts.map((text) => session.tokensOf(text)));

    const largest = Math.max(...logits.flat().map(Math.abs));
    assert.ok(largest > 0.5 && largest < 50, String(largest));
    assert.ok(new Set(logits.map(indexOfMax)).size >= 4);
  });

  it('is the same for the same seed, and another for another', async () => {
    const again = temporaryDirectory();
    const other = temporaryDirectory();

    await writeEncoderBundle(again, { ...smallEncoder, seed: 1 });
    await writeEncoderBundle(other, { ...smallEncoder, seed: 2 });

    const shaOf = (from: string): string =>
      createHash('sha256')
        .update(readFileSync(join(from, 'model.onnx')))
        .digest('hex');
    assert.equal(shaOf(again), shaOf(dir));
    assert.notEqual(shaOf(other), shaOf(dir));
    const manifest = JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8')) as {
      model: { sha256: string; bytes: number };
    };
    assert.equal(manifest.model.sha256, shaOf(dir));
    assert.equal(manifest.model.bytes, readFileSync(join(dir, 'model.onnx')).byteLength);
  });

  it('comes with a task file that names its bundles', async () => {
    const path = await writeIntentsTask(dir, { student: dir, teacher: join(dir, 'teacher') });

    const task = parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    assert.equal(task['name'], intentsTask.name);
    assert.equal(task['student'], './');
    assert.equal((task['teacher'] as { bundle: string }).bundle, './teacher');
  });
});
