import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TeacherFailedError, TeacherTimeoutError } from '../../../src/errors.js';
import { loadVerdictOf } from '../../../src/teacher/resilience/call-verdicts.js';
import { createRecentLatency } from '../../../src/teacher/resilience/recent-latency.js';

/** After calls of so many rows that took so long, of a teacher that has 10 s. */
function usualAfter(calls: readonly (readonly [rows: number, ms: number])[], rows: number) {
  const latency = createRecentLatency();
  for (const [size, ms] of calls) latency.add(ms, size, true);
  return { latency, rows, timeoutMs: 10_000 };
}

describe('an answer of a teacher is a sign of congestion', () => {
  const verdicts: readonly [what: string, calls: Parameters<typeof usualAfter>[0]][] = [
    ['where nobody knows what is usual', []],
    ['where it mostly takes less than half as long', [[1, 2_900]]],
    [
      'though large calls take as long',
      [
        [1, 900],
        [64, 6_000],
      ],
    ],
  ];
  for (const [what, calls] of verdicts)
    it(`after more than half of its time, ${what}`, () =>
      assert.equal(loadVerdictOf(null, 6_000, usualAfter(calls, 1)), 'congested'));

  it('but not within half of its time, or where it has no time of its own', () => {
    const usual = usualAfter([[1, 1]], 1);

    assert.equal(loadVerdictOf(null, 5_000, usual), 'well');
    assert.equal(loadVerdictOf(null, 60_000, { ...usual, timeoutMs: null }), 'well');
  });

  it('but not of a large call that takes as long as others of its size', () => {
    assert.equal(
      loadVerdictOf(
        null,
        6_000,
        usualAfter(
          [
            [1, 100],
            [80, 5_000],
          ],
          64,
        ),
      ),
      'well',
    );
  });

  it('by being none: refused for too many, or late', () => {
    const usual = usualAfter([], 1);

    const busy = new TeacherFailedError('Busy.', { status: 429 });
    assert.equal(loadVerdictOf(busy, 1, usual), 'congested');
    assert.equal(loadVerdictOf(new TeacherTimeoutError('Late.'), 1, usual), 'congested');
    assert.equal(loadVerdictOf(new TeacherFailedError('Down.'), 1, usual), 'unknown');
  });
});

describe('what a teacher takes by itself', () => {
  it('is not what it takes when it has had too much for long', () => {
    const { latency, ...usual } = usualAfter([[1, 200]], 1);
    const verdicts = Array.from({ length: 250 }, () => {
      const verdict = loadVerdictOf(null, 6_000, { ...usual, latency });
      latency.add(6_000, 1, verdict === 'well');
      return verdict;
    });

    assert.deepEqual(new Set(verdicts), new Set(['congested']));
  });

  it('is known for large calls from the first one on', () => {
    const { latency, ...usual } = usualAfter([], 64);
    const verdicts = Array.from({ length: 3 }, () => {
      const verdict = loadVerdictOf(null, 6_000, { ...usual, latency });
      latency.add(6_000, 64, verdict === 'well');
      return verdict;
    });

    assert.deepEqual(verdicts, ['congested', 'well', 'well']);
  });
});

describe('how long a teacher has taken lately', () => {
  it('is known by size, after 20 calls of it', () => {
    const latency = createRecentLatency();
    for (let ms = 1; ms <= 20; ms++) {
      assert.equal(latency.quantileMs(0.9, 1), null);
      latency.add(ms, 1, true);
      if (ms < 20) latency.add(1000, 64, true);
    }

    assert.equal(latency.quantileMs(0.9, 1), 18); // Nearest rank: the 18th of 20.
    assert.deepEqual([latency.quantileMs(0.9, 64), latency.quantileMs(0.9, 2)], [null, null]);
    assert.deepEqual(
      [latency.leastMs(1), latency.leastMs(127), latency.leastMs(2)],
      [1, 1000, null],
    );
  });

  it('is of the newest hundred of a size', () => {
    const latency = createRecentLatency();
    latency.add(1, 1, true);
    for (let call = 0; call < 100; call++) latency.add(50, 1, true);

    assert.equal(latency.leastMs(1), 50);
  });
});
