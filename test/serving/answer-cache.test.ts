import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import {
  createAnswerCache,
  type CacheableRow,
  type CachedAnswer,
} from '../../src/serving/answer-cache.js';
import { collectGarbage } from '../support/collect-garbage.js';
import { until } from '../support/until.js';

const epoch = { studentVersion: 'v2', threshold: 0.9, mode: 'risk' } as const;
const rowOf = (inputHash: string, changes: Partial<CacheableRow> = {}): CacheableRow => ({
  inputHash,
  isHoldout: false,
  requested: 'auto',
  ...changes,
});
const answerOf = (changes: Partial<CachedAnswer> = {}): CachedAnswer => ({
  label: 3,
  confidence: 0.4,
  probabilities: Float64Array.of(0.1, 0.9),
  teacher: 'big',
  appliedThreshold: 0.9,
  ...epoch,
  ...changes,
});

describe('the answer cache', () => {
  it('gives an answer again with all that is known of it', () => {
    const cache = createAnswerCache({ bytesMax: 10_000 });

    const before = cache.find(rowOf('a'), epoch);
    cache.keep(rowOf('a'), answerOf());

    assert.equal(before, null);
    assert.deepEqual(cache.find(rowOf('a'), epoch), answerOf());
    assert.equal(cache.find(rowOf('b'), epoch), null);
    const { hits, misses, rows } = cache.stats;
    assert.deepEqual({ hits, misses, rows }, { hits: 1, misses: 2, rows: 1 });
  });

  for (const other of [
    { ...epoch, studentVersion: 'v3' },
    { ...epoch, studentVersion: null },
    { ...epoch, threshold: 0.91 },
    { ...epoch, threshold: null },
    { ...epoch, mode: 'budget' },
  ] as const)
    it(`has no answer for ${other.mode}, ${other.studentVersion} at ${other.threshold}`, () => {
      const cache = createAnswerCache({ bytesMax: 10_000 });
      cache.keep(rowOf('a'), answerOf());

      assert.equal(cache.find(rowOf('a'), other), null);
      assert.equal(cache.stats.misses, 1);
    });

  it('gives a teacher’s answer again though the threshold of the budget has moved', () => {
    const cache = createAnswerCache({ bytesMax: 10_000 });
    const paid = { ...epoch, mode: 'budget' } as const;
    cache.keep(rowOf('a'), answerOf(paid));
    cache.keep(rowOf('b'), answerOf({ ...paid, teacher: null }));

    assert.deepEqual(cache.find(rowOf('a'), { ...paid, threshold: 0.2 }), answerOf(paid));
    assert.equal(cache.find(rowOf('b'), { ...paid, threshold: 0.2 }), null);
  });

  for (const [name, changes] of [
    ['drawn for holdout', { isHoldout: true }],
    ['that must be answered by the student', { requested: 'student' }],
    ['that must be answered by the teacher', { requested: 'teacher' }],
  ] as const)
    it(`neither answers nor keeps a row ${name}`, () => {
      const cache = createAnswerCache({ bytesMax: 10_000 });
      cache.keep(rowOf('a', changes), answerOf());
      const isKept = cache.find(rowOf('a'), epoch) !== null;
      cache.keep(rowOf('a'), answerOf());

      const isAnswered = cache.find(rowOf('a', changes), epoch) !== null;

      assert.deepEqual({ isKept, isAnswered }, { isKept: false, isAnswered: false });
      assert.equal(cache.stats.hits, 0);
      assert.equal(cache.stats.misses, 1);
    });

  it('forgets everything when it is cleared, which is no eviction', () => {
    const cache = createAnswerCache({ bytesMax: 10_000 });
    cache.keep(rowOf('a'), answerOf());

    cache.clear();

    assert.equal(cache.find(rowOf('a'), epoch), null);
    assert.deepEqual(cache.stats, { hits: 0, misses: 1, evictions: 0, bytes: 0, rows: 0 });
  });

  it('keeps nothing when it has no bytes', () => {
    const cache = createAnswerCache({ bytesMax: 0 });

    cache.keep(rowOf('a'), answerOf());

    assert.equal(cache.find(rowOf('a'), epoch), null);
    assert.equal(cache.stats.rows, 0);
  });

  it('lets the least recently used answer make room', () => {
    const cache = createAnswerCache({ bytesMax: 1_200 }); // Two answers of about 540 bytes.
    cache.keep(rowOf('a'), answerOf());
    cache.keep(rowOf('b'), answerOf());
    cache.find(rowOf('a'), epoch);

    cache.keep(rowOf('c'), answerOf());

    assert.equal(cache.find(rowOf('b'), epoch), null);
    assert.notEqual(cache.find(rowOf('a'), epoch), null);
    assert.equal(cache.stats.evictions, 1);
    assert.ok(cache.stats.bytes <= 1_200);
  });

  it('keeps its own copy of the probabilities, without the batch they came with', () => {
    const batch = new Float64Array(1_000);
    const cache = createAnswerCache({ bytesMax: 10_000 });
    cache.keep(rowOf('a'), answerOf({ probabilities: batch.subarray(0, 2) }));
    batch[0] = 5;

    const { probabilities } = cache.find(rowOf('a'), epoch)!;

    assert.equal(probabilities![0], 0);
    assert.equal(probabilities!.buffer.byteLength, 16);
  });

  for (const classes of [0, 2, 10, 1_000])
    it(`takes as much memory as it is given, with ${classes} probabilities a row`, async () => {
      const bytesMax = 20_000_000;
      const startBytes = await settledBytes();

      const cache = createAnswerCache({ bytesMax });
      for (let row = 0; cache.stats.evictions < 1_000; row++) {
        const probabilities = classes === 0 ? null : new Float64Array(classes);
        cache.keep(rowOf(row.toString(16).padStart(32, '0')), answerOf({ probabilities }));
      }

      assert.ok(cache.stats.bytes > 0.95 * bytesMax);
      // What was thrown away counts until it is swept, by threads that may wait for a processor.
      let grownBytes = Infinity;
      await until(`it is below ${1.25 * bytesMax} bytes`, async () => {
        grownBytes = (await usedBytes()) - startBytes;
        return grownBytes < 1.25 * bytesMax;
      });
      assert.ok(grownBytes > 0.5 * bytesMax, `${grownBytes} bytes`);
      assert.ok(cache.stats.rows > 0); // It was there all the time.
    });
});

/** What is left of earlier tests when nothing more of it goes: else it would hide the growth. */
async function settledBytes(): Promise<number> {
  let bytes = await usedBytes();
  for (let same = 0; same < 5; same++) {
    const now = await usedBytes();
    if (now < bytes - 10_000) same = 0;
    bytes = Math.min(bytes, now);
  }
  return bytes;
}

/** Backing stores are freed beside the program, and the counter told of it in a later turn. */
async function usedBytes(): Promise<number> {
  for (let time = 0; time < 4; time++) {
    collectGarbage();
    await setImmediate();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
