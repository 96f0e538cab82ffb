import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  CancelledError,
  TeacherFailedError,
  TeacherUnavailableError,
} from '../../../src/errors.js';
import {
  createTeacherGroup,
  type GroupMember,
} from '../../../src/teacher/resilience/teacher-group.js';
import type { Teacher } from '../../../src/teacher/teacher.js';
import { sure } from '../../support/predict-rig.js';
import { seededDraw } from '../../support/seeded-draw.js';

const down = new TeacherFailedError('Down.');
const apart = new TeacherUnavailableError('Open.', 1000);

/** One that answers with its number, or fails with what it is given. */
function member(number: number, outcome: Error | 'well', costPerRowUsd = 1): Teacher {
  const asked = async (rows: number) => {
    if (outcome !== 'well') throw outcome;
    return Array.from({ length: rows }, () => ({
      ...{ label: number, probabilities: null },
      costUsd: costPerRowUsd,
    }));
  };
  return {
    name: `teacher-${number}`,
    version: `v${number}`,
    costPerRowUsd,
    label: (inputs) => asked(inputs.length),
    close: async () => {},
  };
}
const inOrder = (...teachers: readonly Teacher[]): readonly GroupMember[] =>
  teachers.map((teacher) => ({ teacher, weight: null }));

describe('several teachers in their order', () => {
  it('have the first one’s name and version, and each answer says whose it is', async () => {
    const group = createTeacherGroup(inOrder(member(0, down), member(1, 'well')), () => 0);
    const [answer] = await group.label([sure()]);

    assert.deepEqual([group.name, group.version], ['teacher-0', 'v0']);
    assert.deepEqual([answer!.label, answer!.by], [1, { name: 'teacher-1', version: 'v1' }]);
  });

  it('are asked for what the first can not do either, and its error is told last', async () => {
    const group = createTeacherGroup(inOrder(member(0, down), member(1, apart)), () => 0);

    await assert.rejects(group.label([sure()]), down);
  });

  it('are not asked for a caller who is gone, or for mistakes of ours', async () => {
    for (const error of [new CancelledError('Gone.'), new TypeError('A bug.')]) {
      const group = createTeacherGroup(inOrder(member(0, error), member(1, 'well')), () => 0);

      await assert.rejects(group.label([sure()]), error);
    }
  });

  it('are asked about the rows that have no answer yet, and all that there is stays', async () => {
    const asked: number[] = [];
    const partial = (number: number, answered: number): Teacher => ({
      ...member(number, 'well'),
      async label(inputs, _signal, context = {}) {
        asked.push(inputs.length);
        context.answered!(answered, { label: number, probabilities: null, costUsd: 1 });
        throw down;
      },
    });
    const heard: number[] = [];
    const answered = (row: number): void => void heard.push(row);
    const rows = [sure(1), sure(2), sure(3)];
    const members = [partial(0, 1), partial(1, 1), member(2, 'well')];
    const all = await createTeacherGroup(inOrder(...members), () => 0).label(rows);
    assert.deepEqual(
      all.map(({ label, by }) => [label, by?.version]),
      [2, 0, 1].map((number) => [number, `v${number}`]),
    );
    assert.deepEqual(asked.splice(0), [3, 2]);

    const group = createTeacherGroup(inOrder(...members.slice(0, 2)), () => 0);
    await assert.rejects(group.label(rows, undefined, { answered }), down);
    assert.deepEqual(
      [asked, heard],
      [
        [3, 2],
        [1, 2],
      ],
    );
  });

  it('are one teacher where there is one', () => {
    const teacher = member(0, 'well');

    assert.equal(
      createTeacherGroup(inOrder(teacher), () => 0),
      teacher,
    );
  });
});

describe('several teachers by weight', () => {
  const weighted = (...outcomes: readonly (Error | 'well')[]): readonly GroupMember[] =>
    outcomes.map((outcome, index) => ({ teacher: member(index, outcome), weight: 3 - index }));
  const sharesOf = async (members: readonly GroupMember[]): Promise<readonly number[]> => {
    const group = createTeacherGroup(members, seededDraw(3));
    const counts = members.map(() => 0);
    for (let call = 0; call < 3000; call++) counts[(await group.label([sure()]))[0]!.label]!++;
    return counts.map((count) => count / 3000);
  };

  it('have their shares of the calls', async () => {
    const shares = await sharesOf(weighted('well', 'well', 'well'));

    // Weights 3, 2, 1. 3 000 draws: standard deviations up to 0.009.
    for (const [index, share] of [3 / 6, 2 / 6, 1 / 6].entries())
      assert.ok(Math.abs(shares[index]! - share) < 0.04, shares.join(', '));
  });

  it('stand in for one that fails, by the weights that are left', async () => {
    const shares = await sharesOf(weighted(down, 'well', 'well'));

    for (const [index, share] of [
      0,
      2 / 6 + (3 / 6) * (2 / 3),
      1 / 6 + (3 / 6) * (1 / 3),
    ].entries())
      assert.ok(Math.abs(shares[index]! - share) < 0.04, shares.join(', '));
  });
});
