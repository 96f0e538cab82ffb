import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConflictError } from '../../src/errors.js';
import type { StudentJson } from '../../src/http/api-types.js';
import { pairedDifference } from '../../src/routing/paired-difference.js';
import {
  probationDelta,
  watchProbation,
  type ProbationParts,
} from '../../src/serving/probation.js';
import { createTaskBus } from '../../src/serving/task-bus.js';
import { noRows } from '../../src/serving/traffic-tally.js';
import { turnsOfTheLoop } from '../support/until.js';

const hourMs = 3_600_000;
const student = (version: string, state: StudentJson['state']): StudentJson => ({
  ...{ version, state, createdAtMs: 0, architecture: 'mlp', multiplyAdds: 1, modelBytes: 1 },
  ...{ trainingRows: null, parent: null, evaluation: null },
});
const [before, serving] = [student('v1-00000001', 'previous'), student('v2-00000002', 'serving')];

/** Of 100 rows, so many that the version before has right and who serves has not, and back. */
const compared = (lost: number, gained: number) =>
  pairedDifference(
    {
      ownIsRight: Array.from({ length: 100 }, (_, row) => row >= lost),
      otherIsRight: Array.from({ length: 100 }, (_, row) => row < lost || row >= lost + gained),
    },
    probationDelta,
  );

function open(changes: Partial<ProbationParts> = {}, versions = [before, serving]) {
  const bus = createTaskBus();
  const clock = { nowMs: 10 * hourMs };
  const back: string[] = [];
  const failed: unknown[] = [];
  const probation = watchProbation({
    bus,
    registry: {
      serving: () => versions.find(({ state }) => state === 'serving') ?? null,
      previous: () => versions.find(({ state }) => state === 'previous') ?? null,
      promotedAtMs: () => 9 * hourMs,
    },
    lastsMs: 24 * hourMs,
    compare: async () => compared(20, 2),
    rollBack: async (from, why) => void back.push(`${from}: ${why}`),
    onFailed: (_version, error) => failed.push(error),
    now: () => clock.nowMs,
    ...changes,
  });
  const alarm = async (cause: 'answers' | 'teacher' = 'answers'): Promise<void> => {
    bus.emit('guarantee', { kind: 'certificate-lost', why: 'It differs.', cause });
    await probation.settle();
  };
  const tally = async (decidedRows: number, failedRows: number): Promise<void> => {
    const spent = { costUsd: 0, sureRows: [], confidences: [] };
    bus.emit('tallied', { requests: 1, rowsByRoute: noRows(), ...spent, decidedRows, failedRows });
    await probation.settle();
  };
  return { bus, clock, back, failed, probation, alarm, tally };
}

describe('a version on probation', () => {
  it('goes where its answers raise an alarm and the one before does better on them', async () => {
    const asked: unknown[] = [];
    const compare: ProbationParts['compare'] = async (...rows) => {
      asked.push(rows);
      return compared(20, 2);
    };
    const { alarm, back } = open({ compare });
    await alarm();

    assert.deepEqual(asked, [[before.version, 9 * hourMs]]);
    assert.deepEqual(back, [
      'v2-00000002: its answers raised an alarm, and of 100 holdout rows since its promotion it ' +
        'has 20 wrong that v1-00000001 has right, and 2 the other way round.',
    ]);
  });

  it('stays where both are wrong alike: the world has changed', async () => {
    const { alarm, back } = open({ compare: async () => compared(20, 18) });
    await alarm();

    assert.deepEqual(back, []);
  });

  it('stays where it is the teacher that has changed, and when its time is over', async () => {
    const { alarm, back, clock } = open();
    await alarm('teacher');
    clock.nowMs = 33 * hourMs;
    await alarm();

    assert.deepEqual(back, []);
  });

  it('stays where nobody was before it, or it was rolled back to', async () => {
    const first = open({}, [serving]);
    const returned = open({
      registry: {
        serving: () => serving,
        previous: () => before,
        promotedAtMs: () => null,
      },
    });
    for (const { alarm, back } of [first, returned]) {
      await alarm();
      assert.deepEqual(back, []);
    }
  });

  it('goes when it can not answer more than ten rows, and than one in a hundred', async () => {
    const { tally, back } = open();
    await tally(500, 10);
    await tally(1_000, 5); // 15 of 1500: one in a hundred.
    assert.deepEqual(back, []);
    await tally(10, 1);

    assert.deepEqual(back, [
      'v2-00000002: it could not answer 16 of 1510 rows since its promotion.',
    ]);
  });

  it('is judged by its own rows: those of the one before are forgotten', async () => {
    const { tally, bus, back } = open();
    await tally(10, 10);
    bus.emit('studentChanged', serving.version, 'promoted');
    await tally(10, 10);

    assert.deepEqual(back, []);
  });

  it('is judged by one alarm at a time; what fails is told, but a change by others', async () => {
    const disk = new Error('Full.');
    const broken = open({ rollBack: () => Promise.reject(disk) });
    await broken.alarm();
    const late = open({
      rollBack: () => Promise.reject(new ConflictError('It serves no longer.')),
    });
    await late.alarm();
    let comparisons = 0;
    const busy = open({
      compare: async () => {
        comparisons++;
        await turnsOfTheLoop();
        return compared(0, 0);
      },
    });
    await Promise.all([busy.alarm(), busy.alarm()]);

    assert.deepEqual([broken.failed, late.failed, comparisons], [[disk], [], 1]);
  });
});
