import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CapturedRow } from '../../src/capture/capture.js';
import { buildDataset, type DatasetOptions } from '../../src/distillation/build-dataset.js';
import { seedRowOf } from '../../src/distillation/dataset.js';
import { CaptureFailedError } from '../../src/errors.js';
import { MemoryCapture } from '../fakes/memory-capture.js';
import { capturedRow } from '../support/captured-row.js';
import { noBounds } from '../support/distillation-job.js';
import { drawLines, labelledInputOf } from '../support/lines-task.js';
import { seededDraw } from '../support/seeded-draw.js';

const options: DatasetOptions = {
  task: 'digits',
  teacherVersion: 't1-aaaaaaaa',
  input: { kind: 'image', width: 28, height: 28, channels: 1 },
  seedRows: [],
  trainingRowsMax: 1000,
  bounds: noBounds,
  goldenRows: [],
  knownRowsMin: 0,
  nowMs: 1_700_000_000_000,
};
const noneLeftOut = {
  ...{ duplicates: 0, heldOut: 0, newClients: 0, nearDuplicates: 0, clientShare: 0 },
};
/** The last digits are free; the first eight decide between training and validation. */
const trainingHash = (id: string): string => `ffffffff${id.padStart(8, '0')}`;

async function built(rows: readonly CapturedRow[], changes: Partial<DatasetOptions> = {}) {
  const capture = new MemoryCapture();
  for (const row of rows) await capture.append([row]);
  return buildDataset(capture, { ...options, ...changes });
}
const idsOf = (rows: readonly { readonly id: string }[]): string[] =>
  rows.map(({ id }) => id).sort();

describe('building a dataset', () => {
  it('takes the label, distribution and input of each captured row, unweighted', async () => {
    const row = capturedRow({ id: 'a', inputHash: trainingHash('a'), propensity: 0.02 });

    const { train } = await built([row]);

    assert.deepEqual(train, [
      {
        id: 'a',
        input: row.input,
        label: row.teacherLabel,
        probabilities: row.teacherProbabilities,
        weight: 1,
        source: 'capture',
        propensity: 0.02,
      },
    ]);
  });

  it('keeps the newest of equal inputs', async () => {
    const inputHash = trainingHash('same');
    const rows = [
      capturedRow({ id: 'old', inputHash, teacherLabel: 0 }),
      capturedRow({ id: 'other', inputHash: trainingHash('other') }),
      capturedRow({ id: 'new', inputHash, teacherLabel: 1 }),
    ];

    const { train, report } = await built(rows);

    assert.deepEqual(idsOf(train), ['new', 'other']);
    assert.deepEqual(report.leftOut, { ...noneLeftOut, duplicates: 1 });
  });

  it('does not bound what whoever runs the gateway has imported', async () => {
    const imported = Array.from({ length: 9 }, (_, k) =>
      capturedRow({
        id: `i${k}`,
        inputHash: trainingHash(`1${k}`),
        source: 'import',
        client: null,
      }),
    );
    const sent = Array.from({ length: 9 }, (_, k) =>
      capturedRow({ id: `s${k}`, inputHash: trainingHash(`2${k}`), client: 'ann' }),
    );
    const others = Array.from({ length: 40 }, (_, k) =>
      capturedRow({ id: `h${k}`, isHoldout: true, client: `ben ${k % 20}` }),
    );
    const bounds = { ...noBounds, clientShareMax: 0.1 };

    const { train } = await built([...imported, ...sent, ...others], { bounds });

    assert.equal(train.filter(({ id }) => id.startsWith('i')).length, 9);
    assert.equal(train.filter(({ id }) => id.startsWith('s')).length, 1);
  });

  it('believes a person rather than the teacher, a newer row, and a seed', async () => {
    const inputHash = trainingHash('same');
    const capture = new MemoryCapture();
    const input = Uint8Array.of(1, 2, 3);
    const probabilities = Float64Array.of(0.3, 0.7);
    await capture.append([
      capturedRow({ id: 'corrected', inputHash, input, teacherLabel: 1 }),
      capturedRow({ id: 'newer', inputHash, input, teacherLabel: 1 }),
      capturedRow({ id: 'confirmed', inputHash: trainingHash('c'), teacherLabel: 1 }),
      capturedRow({ id: 'held', isHoldout: true }),
    ]);
    const said = { task: 'digits', origin: 'caller', givenMs: 1, client: null } as const;
    await capture.appendFeedback({ ...said, id: 'corrected', label: 0 });
    await capture.appendFeedback({ ...said, id: 'confirmed', label: 1 });
    await capture.appendFeedback({ ...said, id: 'held', label: 0 });
    const seedRows = [seedRowOf({ input, label: 1, probabilities: null }, 0)];

    const { train, validation, report } = await buildDataset(capture, { ...options, seedRows });

    assert.deepEqual(train.map(({ id, label, source }) => [id, label, source]).sort(), [
      ['confirmed', 1, 'feedback'],
      ['corrected', 0, 'feedback'],
    ]);
    assert.equal(train.find(({ id }) => id === 'corrected')!.probabilities, null);
    const confirmed = train.find(({ id }) => id === 'confirmed')!;
    assert.deepEqual(confirmed.probabilities, probabilities);
    assert.deepEqual(validation, []);
    assert.deepEqual(report.leftOut, { ...noneLeftOut, duplicates: 2 });
  });

  it('puts a tenth of the hashes into validation, whatever their order', async () => {
    const table = [
      ['00000000', 'validation'],
      ['19999999', 'validation'], // 0x19999999 / 2^32 = 0.09999999986
      ['1999999a', 'train'], //      0x1999999a / 2^32 = 0.1000000001
      ['80000000', 'train'],
      ['ffffffff', 'train'],
    ] as const;
    const rows = table.map(([first], k) => capturedRow({ id: `${k}`, inputHash: first + 'abcd' }));

    const dataset = await built(rows);
    const reversed = await built(rows.toReversed());

    const expected = (part: string): string[] =>
      table.flatMap(([, own], k) => (own === part ? [`${k}`] : []));
    for (const { train, validation } of [dataset, reversed]) {
      assert.deepEqual(idsOf(train), expected('train'));
      assert.deepEqual(idsOf(validation), expected('validation'));
    }
  });

  it('never has one input on both sides', async () => {
    const draw = seededDraw(3);
    const rows = Array.from({ length: 300 }, (_, k) => {
      const hash = Math.floor(draw() * 60).toString(16); // Many repeats.
      return capturedRow({ id: `${k}`, inputHash: (hash.padStart(2, '0') + '0').repeat(8) });
    });

    const { train, validation } = await built(rows);

    const hashOf = new Map(rows.map(({ id, inputHash }) => [id, inputHash]));
    const sides = [train, validation].map((side) => side.map(({ id }) => hashOf.get(id)!));
    assert.equal(new Set(sides.flat()).size, sides.flat().length);
    assert.ok(sides[0]!.length > 10 && sides[1]!.length > 3);
  });

  it('has the seed rows first in every dataset, and never validates by them', async () => {
    const seedRows = drawLines(5, seededDraw(4)).map(labelledInputOf).map(seedRowOf);
    const row = capturedRow({ id: 'a', inputHash: trainingHash('a') });

    const with1 = await built([row], { seedRows });
    const alone = await built([], { seedRows });

    assert.deepEqual(with1.train.slice(0, 5), seedRows);
    assert.deepEqual(idsOf(with1.train.slice(5)), ['a']);
    assert.deepEqual(alone, {
      train: seedRows,
      validation: [],
      timeSpanMs: null,
      report: {
        summary: '5 rows to learn from, 0 to validate',
        ...{ trainingRows: 5, validationRows: 0, seedRows: 5, capturedRows: 0, clients: 0 },
        leftOut: noneLeftOut,
        boundClients: [],
      },
    });
  });

  it('takes the newest rows up to its limit, and tells their span of time', async () => {
    const rows = [10, 20, 30, 40].map((createdMs) =>
      capturedRow({ id: `at ${createdMs}`, createdMs, inputHash: trainingHash(`${createdMs}`) }),
    );

    const { train, timeSpanMs } = await built(rows, { trainingRowsMax: 3 });

    assert.deepEqual(idsOf(train), ['at 20', 'at 30', 'at 40']);
    assert.deepEqual(timeSpanMs, { first: 20, last: 40 });
  });

  it('takes only rows of its task and teacher', async () => {
    const rows = [
      capturedRow({ id: 'own', inputHash: trainingHash('1') }),
      capturedRow({ id: 'task', inputHash: trainingHash('2'), task: 'letters' }),
      capturedRow({ id: 'teacher', inputHash: trainingHash('3'), teacherVersion: 't2-b' }),
    ];

    assert.deepEqual(idsOf((await built(rows)).train), ['own']);
  });
});

describe('a holdout row stays out of the dataset', () => {
  const inputHash = trainingHash('holdout');
  const holdout = capturedRow({ id: 'holdout', inputHash, isHoldout: true });
  const innocent = capturedRow({ id: 'innocent', inputHash: trainingHash('innocent') });
  const twin = capturedRow({ id: 'twin', inputHash });
  const tries: Readonly<Record<string, readonly CapturedRow[]>> = {
    'when it is there by itself': [holdout],
    'when its hash falls into validation': [{ ...holdout, inputHash: `00000000${inputHash}` }],
    'when the same input was captured for training before': [twin, holdout],
    'when the same input was captured for training afterwards': [holdout, twin],
    'when the input came back from another client with another label': [
      holdout,
      { ...twin, client: 'mallory', teacherLabel: 0 },
    ],
    'when the input came back on other routes': [
      holdout,
      { ...twin, id: 'student', route: 'student' },
      { ...twin, id: 'degraded', route: 'degraded' },
    ],
    'when the input was drawn at a rate that makes it holdout later': [
      { ...twin, isTrainable: false },
    ],
    'when another teacher labelled the holdout row': [
      { ...holdout, teacherVersion: 't2-bbbbbbbb' },
      twin,
    ],
  };
  for (const [way, rows] of Object.entries(tries)) {
    it(way, async () => {
      const { train, validation } = await built([...rows, innocent]);

      assert.deepEqual(idsOf([...train, ...validation]), ['innocent']);
    });
  }

  it('also when it came into the log under another hash, or is a seed row by now', async () => {
    const forged = { ...twin, id: 'forged', inputHash: trainingHash('x'), input: holdout.input };
    const [fine] = drawLines(1, seededDraw(4)).map(labelledInputOf).map(seedRowOf);
    const sown = { ...fine!, id: 'sown', input: holdout.input };

    const { train, validation, report } = await built([holdout, forged, innocent], {
      seedRows: [sown, fine!],
    });

    assert.deepEqual(idsOf([...train, ...validation]), ['innocent', 'seed-0']);
    assert.deepEqual(report.leftOut, { ...noneLeftOut, heldOut: 2 });
  });

  it('nor does an input that equals a golden row: it would praise its own', async () => {
    const golden = {
      ...innocent,
      id: 'sent',
      input: Uint8Array.of(9),
      inputHash: trainingHash('9'),
    };
    const goldenRows = [{ input: Uint8Array.of(9) }];

    const { train, validation, report } = await built([golden, innocent], { goldenRows });

    assert.deepEqual(idsOf([...train, ...validation]), ['innocent']);
    assert.deepEqual(report.leftOut, { ...noneLeftOut, heldOut: 1 });
  });

  it('also when its limit would reach it', async () => {
    const { train } = await built([innocent, holdout, twin], { trainingRowsMax: 1 });

    assert.deepEqual(idsOf(train), ['innocent']);
  });

  it('and can not be captured as one that may be trained on', async () => {
    const sly = { ...holdout, isTrainable: true };

    await assert.rejects(new MemoryCapture().append([sly]), CaptureFailedError);
  });
});
