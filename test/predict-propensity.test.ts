import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TeacherFailedError } from '../src/errors.js';
import type { PendingRow } from '../src/serving/captured-row.js';
import { createDrawRow, hashesOf } from '../src/serving/draw-row.js';
import type { PredictRequest } from '../src/task/task-service.js';
import type { Input } from '../src/task/task.js';
import { FakeTeacher } from './fakes/fake-teacher.js';
import { ask, openPredictRig, sure, unsure, type RigOptions } from './support/predict-rig.js';

/*
 * The propensity that a row stores, against how often such rows are labelled: thousands of inputs,
 * each drawn under several keys, go through `predict`, and those that came to be labelled (in the
 * log, or on their way to the labeller) are counted. Nothing here knows a formula.
 */
const inputsPerKey = 1500;
const keys = [1, 2, 3, 4].map((byte) => new Uint8Array(32).fill(byte));
const policy = { holdoutRate: 0.1, coldHoldoutRate: 0.3, exploreRate: 0.2 };
const downTeacher = (): FakeTeacher =>
  Object.assign(new FakeTeacher(), {
    onLabel: () => {
      throw new TeacherFailedError('Down.');
    },
  });

interface Kind {
  readonly make: (mark: number) => Input;
  readonly route?: PredictRequest['route'];
  readonly rig?: RigOptions;
  /** The inputs are those of the seed file. */
  readonly areSeeds?: boolean;
}

async function sampled({ make, route = 'auto', rig = {}, areSeeds = false }: Kind) {
  const labelled: PendingRow[] = [];
  for (const key of keys) {
    const inputs = Array.from({ length: inputsPerKey }, (_, mark) => make(mark));
    const seeds = areSeeds ? hashesOf(key, inputs) : undefined;
    const { predict, capture, later } = openPredictRig({
      policy,
      ...rig,
      drawRow: createDrawRow(key, seeds),
    });
    for (let first = 0; first < inputs.length; first += 50)
      await ask(predict, inputs.slice(first, first + 50), { route }).catch(() => {});
    labelled.push(...capture.rows, ...later);
  }
  return { rows: inputsPerKey * keys.length, labelled };
}

const kinds: Readonly<Record<string, Kind>> = {
  'a sure row': { make: sure },
  'an unsure row': { make: unsure },
  'a sure row while nothing is certified': { make: sure, rig: { threshold: null } },
  'a row without a student': { make: sure, rig: { student: null } },
  'a sure row asked of the student': { make: sure, route: 'student' },
  'an unsure row asked of the student': { make: unsure, route: 'student' },
  'a sure row asked of the student while nothing is certified': {
    make: sure,
    route: 'student',
    rig: { threshold: null },
  },
  'a row asked of the teacher': { make: sure, route: 'teacher' },
  'an unsure row while the teacher is down': { make: unsure, rig: { teacher: downTeacher() } },
  'a row of a request that fails': {
    make: unsure,
    rig: { teacher: downTeacher(), policy: { ...policy, onTeacherFailure: 'error' } },
  },
  'a sure row where nothing is explored': {
    make: sure,
    rig: { policy: { ...policy, exploreRate: 0 } },
  },
  'a sure row where every rate is the cold one': {
    make: sure,
    rig: { policy: { ...policy, holdoutRate: 0.3 } },
  },
  'a sure row in mode student': { make: sure, rig: { policy: { ...policy, mode: 'student' } } },
  'a row in mode shadow': { make: sure, rig: { policy: { ...policy, mode: 'shadow' } } },
  'a row in mode teacher': { make: sure, rig: { policy: { ...policy, mode: 'teacher' } } },
  'a sure row of the seed file': { make: sure, areSeeds: true },
  'an unsure row of the seed file': { make: unsure, areSeeds: true },
};

describe('the propensity that a row stores', () => {
  for (const [name, kind] of Object.entries(kinds))
    it(`is how often it is labelled: ${name}`, async () => {
      const { rows, labelled } = await sampled(kind);

      const stored = new Set(labelled.map(({ propensity }) => propensity));
      assert.equal(stored.size, 1, [...stored].join());
      const [propensity] = stored as unknown as [number];
      const frequency = labelled.length / rows;
      const deviation = Math.sqrt((propensity * (1 - propensity)) / rows);
      assert.ok(
        Math.abs(frequency - propensity) <= 4 * deviation,
        `${frequency} of them are labelled, ${propensity} is stored`,
      );
    });

  it('makes estimates unbiased: weighted by it, rows are as many as came', async () => {
    const isSure = (mark: number): boolean => mark % 4 !== 0;
    const { rows, labelled } = await sampled({
      make: (mark) => (isSure(mark) ? sure(mark) : unsure(mark)),
    });

    const weighed = labelled.reduce((sum, { propensity }) => sum + 1 / propensity, 0);

    const spread = Math.sqrt(labelled.reduce((sum, row) => sum + varianceOf(row), 0));
    assert.ok(Math.abs(weighed - rows) <= 4 * spread, `${weighed} of ${rows}, spread ${spread}`);
    assert.ok(labelled.length < rows / 2);
  });
});

/** Of one labelled row's share in a Horvitz-Thompson sum, estimated from itself. */
const varianceOf = ({ propensity }: PendingRow): number => (1 - propensity) / propensity ** 2;
