import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InvalidBundleError } from '../../src/errors.js';
import type { Bundle } from '../../src/registry/read-bundle.js';
import {
  checkRecordedAnswers,
  recordedAnswersOf,
  recordedJson,
} from '../../src/student/recorded-answers.js';
import type { Student } from '../../src/student/student.js';
import { pixelInput } from '../support/inputs.js';
import { tinyBundle } from '../support/tiny-model.js';

const rows = [
  { input: pixelInput(0, 0.5, 1), logits: [14, 18.5] },
  { input: pixelInput(1, 1, 1), logits: [-1e-9, 3e7] },
];
const bundleOf = (content: string | null): Bundle => ({
  ...tinyBundle(undefined, { recorded: 'recorded.json' }),
  files: new Map(content === null ? [] : [['recorded.json', Buffer.from(content)]]),
});
const line = (changes: object): string =>
  JSON.stringify({ rows: [{ input: 'AAAA', logits: [1, 2], ...changes }] });

describe('recorded answers', () => {
  it('are read as they were written', () => {
    const read = recordedAnswersOf(bundleOf(recordedJson(rows)));

    assert.deepEqual(
      read.map(({ input, logits }) => ({ input: new Uint8Array(input), logits })),
      rows,
    );
  });

  it('are none where a bundle has none', () => {
    assert.deepEqual(recordedAnswersOf(tinyBundle()), []);
  });

  const refused: Readonly<Record<string, string | null>> = {
    'are not among the files': null,
    'are no JSON': '{',
    'have no rows': '{"rows":[]}',
    'have too many rows': JSON.stringify({ rows: Array(257).fill(rows[0]) }),
    'have an input that is no base64': line({ input: '?' }),
    'have one logit alone': line({ logits: [1] }),
    'have a logit that is none': line({ logits: [1, null] }),
  };
  for (const [why, content] of Object.entries(refused))
    it(`are refused where they ${why}`, () => {
      assert.throws(
        () => recordedAnswersOf(bundleOf(content)),
        (error) => {
          assert.ok(error instanceof InvalidBundleError);
          assert.match(error.message, /^recorded\.json (has problems:\n- |is not JSON: )/);
          return true;
        },
      );
    });
});

describe('a model that answers its recorded inputs', () => {
  const studentOf = (...answers: readonly number[][]): Student => ({
    version: 'v3-00000003',
    predict: async (inputs) => {
      assert.deepEqual(inputs, rows.map(({ input }) => input).slice(0, inputs.length));
      return answers.map((logits) => Float32Array.from(logits));
    },
    close: async () => {},
  });
  /** Tolerances: 1 % of the largest logit of a row, at least 0.01. */
  const [first, second] = [
    [14, 18.5],
    [-1e-9, 3e7],
  ];

  it('may round otherwise', async () => {
    await checkRecordedAnswers(studentOf([14.18, 18.32], [2.9e5, 3.02e7]), rows);
  });

  it('is not asked where nothing is recorded', async () => {
    await checkRecordedAnswers(studentOf(), []);
  });

  const wrong: Readonly<Record<string, readonly [number[], number[], RegExp]>> = {
    'its first answer differs': [[14.25, 18.5], second, /class 0: expected 14, got 14\.25\./],
    'its last answer differs': [first, [0, 2.9e7], /row 1, class 1: expected 30000000, got 290/],
    'a score is NaN': [first, [NaN, 3e7], /row 1, class 0: .*got NaN/],
    'it gives more scores': [[14, 18.5, 0], second, /gives 3 scores, and row 0 .* has 2/],
    'it gives fewer scores': [first, [0], /gives 1 scores, and row 1 .* has 2/],
  };
  for (const [why, [one, other, message]] of Object.entries(wrong))
    it(`is refused where ${why}`, async () => {
      await assert.rejects(checkRecordedAnswers(studentOf(one, other), rows), (error) => {
        assert.ok(error instanceof InvalidBundleError);
        assert.match(error.message, /^v3-00000003 /);
        assert.match(error.message, message);
        assert.equal(error.details['version'], 'v3-00000003');
        return true;
      });
    });
});
