import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resilienceSchema } from '../../src/config/resilience-schema.js';
import { parseTaskConfig } from '../../src/config/task-config.js';
import { ownTaskOf, replayTaskOf } from '../../src/replay/replay-task.js';

const target = { riskMax: 0.05, delta: 0.1 };
const labels = ['no', 'yes'];
const input = { kind: 'text', charsMax: 4000 } as const;
const teacher = {
  kind: 'labels',
  name: 'people',
  file: '/data/labels.jsonl',
  inputColumn: null,
  labelColumn: null,
  costPerRowUsd: 0.5,
  resilience: resilienceSchema.parse({}),
} as const;
const own = (rows: number) =>
  parseTaskConfig(ownTaskOf({ name: 'mails', input, labels, target, rows, seed: 7 }), 'a test');

describe('the task of a file that has none', () => {
  it('distils a first student when its first fit can be tried', () => {
    const { distillation, policy } = own(15_000);

    // 230 rows for a first fit, five in six of a quarter of 1 104 rows. Of the other 828 a tenth
    // validates.
    assert.equal(policy.coldHoldoutRate, 0.25);
    assert.equal(distillation.trainingRowsMin, 745);
    assert.equal(distillation.seed, 7);
  });

  it('holds out what a threshold needs, but no more than a label of a sure row is worth', () => {
    const ratesOf = (rows: number): readonly number[] => {
      const { holdoutRate, recoveryHoldoutRate } = own(rows).policy;
      return [holdoutRate, recoveryHoldoutRate].map((rate) => Number(rate.toPrecision(6)));
    };

    // 6 x 115 rows: of 115 as often wrong as not allowed, 7 % have two wrong ones at the most.
    assert.deepEqual(ratesOf(10_000), [0.069, 0.08625]);
    assert.deepEqual(ratesOf(3_000), [0.08, 0.1]);
    assert.deepEqual(ratesOf(1_000_000), [0.04, 0.05]);
  });

  it('does not wait for that where the file is shorter', () => {
    // A third of 900 rows, less a quarter, less a tenth.
    assert.equal(own(900).distillation.trainingRowsMin, 202);
  });

  it('chooses by what is held out until the first run, where that is less than usual', () => {
    const rowsOf = (rows: number): number => own(rows).distillation.choosingRowsMin;

    assert.equal(rowsOf(15_000), 40); // Of 1 104 rows a quarter, of it a sixth: 46 on average.
    assert.equal(rowsOf(2_000), 22); // Four in five of a sixth of a quarter of a third: 27.8.
    assert.equal(rowsOf(500), 10); // As few as a task may ask for.
  });
});

describe('the task of a replay', () => {
  const given = parseTaskConfig(
    {
      name: 'mails',
      title: 'Mails',
      input,
      labels,
      student: './student',
      teacher: { kind: 'onnx', name: 'large', bundle: './teacher', costPerRowUsd: 1 },
      policy: { riskMax: 0.02 },
      distillation: { schedule: '0 3 * * *', everyRows: 900 },
      golden: './golden.parquet',
    },
    'a test',
  );
  const pathOf = (file: string): string => `/task/${file}`;
  const replayed = parseTaskConfig(
    replayTaskOf(given, { student: null, teacher, pathOf }),
    'a test',
  );

  it('starts cold, and distils by rows, not by the clock', () => {
    const { schedule, everyRows, growth } = replayed.distillation;

    assert.equal(replayed.student, null);
    assert.deepEqual([schedule, everyRows], [null, 900]);
    assert.ok(growth! > 0);
  });

  it('keeps promise and files, found from wherever it lies', () => {
    assert.equal(replayed.policy.riskMax, 0.02);
    assert.equal(replayed.golden, '/task/./golden.parquet');
  });

  it('does not ask a file twice', () => {
    assert.equal(given.policy.reaskRate > 0, true);
    assert.equal(replayed.policy.reaskRate, 0);
  });
});
