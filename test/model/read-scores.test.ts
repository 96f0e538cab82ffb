import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InvalidModelOutputError } from '../../src/errors.js';
import {
  readScores,
  withNovelty,
  WrongOutputError,
  type ScoreReader,
} from '../../src/model/read-scores.js';
import { Tensor } from '../../src/onnx/runtime.js';
import { softmax } from '../../src/routing/confidence.js';
import { assertNearAll } from '../support/assert-near-all.js';

const logits: ScoreReader = {
  plan: { name: 'scores', isBinary: false },
  classCount: 2,
  kind: 'logits',
};
const probabilities: ScoreReader = { ...logits, kind: 'probabilities' };
const binary = (kind: ScoreReader['kind']): ScoreReader => ({
  plan: { name: 'score', isBinary: true },
  classCount: 2,
  kind,
});
const floats = (dims: readonly number[], ...numbers: number[]): Tensor =>
  new Tensor('float32', Float32Array.from(numbers), dims);

const shares = (scores: Float32Array): Float64Array => softmax(scores, 1);

describe('logits', () => {
  it('are taken row by row as they are', () => {
    assert.deepEqual(readScores(floats([2, 2], 1, -2, 0.5, 3), 2, logits), [
      Float32Array.of(1, -2),
      Float32Array.of(0.5, 3),
    ]);
  });

  it('of rows that nobody asked for are left out', () => {
    assert.deepEqual(readScores(floats([3, 2], 1, 2, 3, 4, 5, 6), 1, logits), [
      Float32Array.of(1, 2),
    ]);
  });

  it('are copies: the memory of the run is used again', () => {
    const tensor = floats([1, 2], 1, 2);

    const [scores] = readScores(tensor, 1, logits);
    (tensor.data as Float32Array).fill(9);

    assert.deepEqual(scores, Float32Array.of(1, 2));
  });

  it('may be NaN, which is said later, with the row of its caller', () => {
    assert.deepEqual(readScores(floats([1, 2], NaN, Infinity), 1, logits), [
      Float32Array.of(NaN, Infinity),
    ]);
  });

  it('may be float64, rounded to float32', () => {
    const tensor = new Tensor('float64', Float64Array.of(0.1, -1e-3), [1, 2]);

    assert.deepEqual(readScores(tensor, 1, logits), [Float32Array.of(0.1, -1e-3)]);
  });

  it('may be float16, each value as its half is', () => {
    // IEEE 754 binary16: 1.5, -2, the least subnormal 2^-24, and the largest, 65504.
    const bits = Uint16Array.of(0x3e00, 0xc000, 0x0001, 0x7bff);
    const tensor = new Tensor('float16', bits, [2, 2]);

    assert.deepEqual(readScores(tensor, 2, logits), [
      Float32Array.of(1.5, -2),
      Float32Array.of(2 ** -24, 65504),
    ]);
  });

  it('of one score a row are those of the second label, against 0', () => {
    const expected = [Float32Array.of(0, 4), Float32Array.of(0, -1)];

    assert.deepEqual(readScores(floats([2, 1], 4, -1), 2, binary('logits')), expected);
    assert.deepEqual(readScores(floats([2], 4, -1), 2, binary('logits')), expected);
  });
});

describe('probabilities', () => {
  it('become logits whose softmax they are', () => {
    const [one, two] = readScores(floats([2, 2], 0.25, 0.75, 0.9, 0.1), 2, probabilities);

    // ln 0.25 and ln 0.75, to the digits of float32.
    assertNearAll(one!, [-1.3862943611198906, -0.2876820724517809], 1e-7);
    assertNearAll(shares(one!), [0.25, 0.75], 1e-7);
    assertNearAll(shares(two!), [0.9, 0.1], 1e-7);
  });

  it('of exactly 0 keep a finite logarithm, and stay as good as none', () => {
    const [scores] = readScores(floats([1, 2], 0, 1), 1, probabilities);

    assert.ok(scores!.every(Number.isFinite), String(scores));
    assertNearAll(shares(scores!), [0, 1], 1e-20);
  });

  it('of one score a row are those of the second label', () => {
    for (const dims of [[2, 1], [2]]) {
      const rows = readScores(floats(dims, 0.75, 0), 2, binary('probabilities'));

      assertNearAll(shares(rows[0]!), [0.25, 0.75], 1e-7);
      assertNearAll(shares(rows[1]!), [1, 0], 1e-7);
    }
  });

  it('may miss 1 by the rounding of float16', () => {
    const bits = Uint16Array.of(0x3555, 0x3955); // 0.33325 and 0.66650.
    const [scores] = readScores(new Tensor('float16', bits, [1, 2]), 1, probabilities);

    assertNearAll(shares(scores!), [1 / 3, 2 / 3], 1e-3);
    assert.equal(readScores(floats([1, 2], 0.5, 0.519), 1, probabilities).length, 1);
  });

  for (const { what, numbers, says } of [
    { what: 'that are logits', numbers: [3, 1], says: 'they sum to 4.000. If they are logits,' },
    { what: 'that sum to less', numbers: [0.5, 0.4], says: 'they sum to 0.9000. If' },
    { what: 'below 0', numbers: [1.5, -0.5], says: 'sum to 1.000, and some are negative. If' },
  ])
    it(`${what} are refused with their row`, () => {
      const tensor = floats([2, 2], 0.5, 0.5, ...numbers);

      assert.throws(
        () => readScores(tensor, 2, probabilities),
        (error) => {
          assert.ok(error instanceof InvalidModelOutputError);
          assert.ok(error.message.startsWith("Row 1 of the model's output are no probabilities"));
          assert.ok(error.message.includes(says), error.message);
          assert.ok(error.message.endsWith('set output.kind to logits.'));
          assert.equal(error.details['row'], 1);
          return true;
        },
      );
    });

  it('of one score a row are refused outside of [0, 1]', () => {
    for (const score of [1.5, -0.25])
      assert.throws(
        () => readScores(floats([1, 1], score), 1, binary('probabilities')),
        InvalidModelOutputError,
      );
  });

  it('that are NaN stay so: that is said later, with the row of its caller', () => {
    const [scores] = readScores(floats([1, 2], NaN, 0.5), 1, probabilities);

    assert.ok(Number.isNaN(scores![0]));
  });
});

describe('an output of another form', () => {
  const int64 = new Tensor('int64', BigInt64Array.of(1n, 2n), [1, 2]);
  const refusals: readonly (readonly [string, Tensor | undefined, number, string])[] = [
    ['nothing', undefined, 1, 'nothing [] as scores, expected float32 [1,2]'],
    ['whole numbers', int64, 1, 'int64 [1,2] as scores, expected float32 [1,2]'],
    ['too few rows', floats([1, 2], 1, 2), 2, 'float32 [1,2] as scores, expected float32 [2,2]'],
    ['fewer columns', floats([2, 1], 1, 2), 2, 'float32 [2,1] as scores, expected float32 [2,2]'],
    ['more columns', floats([1, 3], 1, 2, 3), 1, 'float32 [1,3] as scores, expected float32 [1,2]'],
    ['rank 3', floats([1, 1, 2], 1, 2), 1, 'float32 [1,1,2] as scores, expected float32 [1,2]'],
    ['rank 0', floats([], 1), 1, 'float32 [] as scores, expected float32 [1,2]'],
  ];
  for (const [what, tensor, rows, says] of refusals)
    it(`is refused: ${what}`, () => {
      assert.throws(
        () => readScores(tensor, rows, logits),
        (error) => {
          assert.ok(error instanceof WrongOutputError);
          assert.equal(error.message, `The model gave ${says}.`);
          return true;
        },
      );
    });

  it('is refused where one score a row was planned', () => {
    assert.throws(() => readScores(floats([2, 2], 1, 2, 3, 4), 2, binary('logits')), {
      message: 'The model gave float32 [2,2] as score, expected float32 [2,1].',
    });
  });
});

describe('features of novelty', () => {
  const novelty = { output: 'strange', means: [0, 0], deviations: [1, 1], max: null };
  const scores = [Float32Array.of(1, 2, 3), Float32Array.of(4, 5, 6)];

  it('stand behind the scores of their row', () => {
    assert.deepEqual(withNovelty(scores, floats([3, 2], 7, 8, 9, 10, 11, 12), novelty), [
      Float32Array.of(1, 2, 3, 7, 8),
      Float32Array.of(4, 5, 6, 9, 10),
    ]);
  });

  it('of another shape or type are an error that names the output and its shape', () => {
    const message = /as strange, expected float32 \[2,2\]/;
    for (const tensor of [
      undefined,
      floats([2, 3], 1, 2, 3, 4, 5, 6),
      floats([1, 2], 1, 2),
      floats([4], 1, 2, 3, 4),
      new Tensor('float64', Float64Array.of(1, 2, 3, 4), [2, 2]),
    ])
      assert.throws(
        () => withNovelty(scores, tensor, novelty),
        (error) => error instanceof WrongOutputError && message.test(error.message),
      );
  });
});
