import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  CancelledError,
  TeacherFailedError,
  TeacherUnavailableError,
} from '../../../src/errors.js';
import {
  createTeacherGroup,
  groupPriceOf,
  type GroupMember,
} from '../../../src/teacher/resilience/teacher-group.js';
import type { Purse, Teacher } from '../../../src/teacher/teacher.js';
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

describe('money for several teachers', () => {
  /** 'failed': the teacher may bill its price; 'unsent': it was not asked; 'well': it has. */
  const outcome = fc.constantFrom<'failed' | 'unsent' | 'well'>('failed', 'unsent', 'well');
  const errorOf = { failed: down, unsent: apart, well: 'well' as const };

  it('covers all that may be billed, whoever fails, and is never less than that', async () => {
    const teachers = fc.array(fc.record({ outcome, price: fc.integer({ min: 0, max: 9 }) }), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(teachers, fc.integer({ min: 1, max: 3 }), async (asked, rows) => {
        const members = inOrder(
          ...asked.map(({ outcome, price }, index) => member(index, errorOf[outcome], price)),
        );
        const paidUsd = groupPriceOf(members) * rows;
        let [heldUsd, spentUsd] = [paidUsd, 0];
        let billedUsd = 0;
        const purse: Purse = {
          pay(count, priceUsd) {
            const amountUsd = count * priceUsd;
            heldUsd += amountUsd;
            return {
              settle(costUsd) {
                heldUsd -= amountUsd;
                spentUsd += costUsd ?? amountUsd;
              },
              release: () => void (heldUsd -= amountUsd),
            };
          },
        };
        const watching = members.map(({ teacher, weight }) => ({
          weight,
          teacher: {
            ...teacher,
            label: (inputs: Parameters<Teacher['label']>[0]) => {
              const isAsked = asked[Number(teacher.version.slice(1))]!.outcome !== 'unsent';
              if (isAsked) billedUsd += inputs.length * teacher.costPerRowUsd;
              assert.ok(heldUsd >= billedUsd, `${heldUsd} held, ${billedUsd} may be billed`);
              return teacher.label(inputs);
            },
          },
        }));
        const group = createTeacherGroup(watching, () => 0);
        const inputs = Array.from({ length: rows }, () => sure());
        try {
          const answers = await group.label(inputs, undefined, { purse });
          spentUsd += answers.reduce((sum, { costUsd }) => sum + costUsd, 0);
        } catch (error) {
          if (error === down) spentUsd += paidUsd; // As `askTeacher` settles what may be billed.
        }
        heldUsd -= paidUsd;

        assert.ok(spentUsd >= billedUsd, `${spentUsd} counted, ${billedUsd} may be billed`);
        assert.ok(Math.abs(heldUsd) < 1e-9, `${heldUsd} is still held`);
      }),
    );
  });
});
