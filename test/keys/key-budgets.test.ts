import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { KeyBudgets, type SavedKeyAccounts } from '../../src/keys/key-budgets.js';
import { jointBudget } from '../../src/serving/joint-budget.js';
import type { KeyBudget } from '../../src/task/task-service.js';
import { unlimited, type Reservation } from '../../src/serving/budget-account.js';
import { ask, openPredictRig, sure, unsure } from '../support/predict-rig.js';

const hourMs = 3_600_000;
const startMs = 1_700_000_000_000;

async function open(saved: SavedKeyAccounts | null = null) {
  const disk = { saved };
  const clock = { nowMs: startMs };
  const budgets = await KeyBudgets.open({
    file: {
      read: async () => disk.saved,
      write: async (value) => void (disk.saved = value),
    },
    onUnsaved: (error) => assert.fail(String(error)),
    now: () => clock.nowMs,
  });
  /** As the gateway does. */
  const reserve = async (of: KeyBudget, rows: number, rowUsd: number): Promise<Reservation> => {
    await budgets.ready(of, rows, rowUsd);
    return budgets.reserve(of, rows, rowUsd);
  };
  return { budgets, reserve, clock, disk };
}
const shop = { key: 'shop', usdPerHour: 30 };

describe('the budgets of API keys', () => {
  it('pay for what fits into the bucket, each key for itself', async () => {
    const { reserve } = await open();

    // A thirtieth of an hour's 30 dollars can go at once.
    assert.equal((await reserve(shop, 5, 0.5)).rows, 2);
    assert.equal((await reserve(shop, 5, 0.5)).rows, 0);
    assert.equal((await reserve({ key: 'ops', usdPerHour: 30 }, 5, 0.5)).rows, 2);
  });

  it('have room for the dearest row of any task, whichever was asked about first', async () => {
    const { reserve, clock } = await open();
    (await reserve(shop, 1, 0.1)).settle(0.1);

    assert.equal((await reserve(shop, 1, 2)).rows, 0); // What was spent first is to come in again.
    clock.nowMs += 60_000;
    assert.equal((await reserve(shop, 1, 2)).rows, 1);
  });

  it('follow the file of keys, and forget nothing of what was spent', async () => {
    const { reserve } = await open();
    (await reserve(shop, 2, 0.5)).settle(1);

    assert.equal((await reserve({ ...shop, usdPerHour: 1 }, 1, 0.5)).rows, 0);
  });

  it('outlive a restart', async () => {
    const first = await open();
    (await first.reserve({ key: 'shop', usdPerHour: 1 }, 1, 1)).settle(1);
    await setImmediate();
    await first.budgets.close();
    const { reserve } = await open(first.disk.saved);

    assert.equal((await reserve({ key: 'shop', usdPerHour: 1 }, 1, 1)).rows, 0);
  });

  it('say what was spent, with what is reserved, and write nothing to say it', async () => {
    const first = await open();
    (await first.reserve(shop, 2, 0.25)).settle(0.1);
    await first.reserve(shop, 1, 0.25);
    const spentUsd = first.budgets.spentUsd('shop');
    await first.budgets.close();
    const saved = first.disk.saved;
    const again = await open(saved);

    assert.ok(Math.abs(spentUsd - 0.35) < 1e-12);
    assert.ok(Math.abs(again.budgets.spentUsd('shop') - 0.35) < 1e-12);
    assert.equal(again.budgets.spentUsd('nobody'), 0);
    await again.budgets.close();
    assert.equal(again.disk.saved, saved);
  });

  it('leave what a task does not pay for to other tasks', async () => {
    const { budgets, reserve } = await open();
    const poor = {
      ready: async () => {},
      reserve: () => unlimited(1),
    };
    const joint = jointBudget(poor, { accounts: budgets, budget: shop, rowUsd: 0.5 });
    await joint.ready(2);
    const reservation = joint.reserve(2, 'answer');

    assert.equal(reservation.rows, 1);
    assert.equal((await reserve(shop, 5, 0.5)).rows, 1);
  });

  it('are never overspent in any hour, whatever is reserved, settled or given back', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('reserve' as const), rows: fc.integer({ min: 1, max: 40 }) }),
      fc.record({
        kind: fc.constantFrom('settle' as const, 'fail' as const, 'release' as const),
        which: fc.nat({ max: 9 }),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: hourMs }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { reserve, clock } = await open();
        const rowUsd = 0.1;
        const held: Reservation[] = [];
        /** Money that is spent, or may be: when it was, until it is known. */
        const bills: { atMs: number; usd: number }[] = [];
        const fail = (some: readonly Reservation[]): void => {
          for (const reservation of some) {
            reservation.settle(reservation.rows * rowUsd);
            bills.push({ atMs: clock.nowMs, usd: reservation.rows * rowUsd });
          }
        };
        for (const one of steps) {
          if (one.kind === 'wait') {
            if (one.ms > 60_000) fail(held.splice(0)); // No call takes longer than a minute.
            clock.nowMs += one.ms;
          } else if (one.kind === 'reserve') {
            const reservation = await reserve(shop, one.rows, rowUsd);
            if (reservation.rows > 0) held.push(reservation);
          } else if (held.length > 0) {
            const [reservation] = held.splice(one.which % held.length, 1);
            const mostUsd = reservation!.rows * rowUsd;
            const usd = { settle: one.share * mostUsd, fail: mostUsd, release: 0 }[one.kind];
            if (one.kind === 'release') reservation!.release();
            else reservation!.settle(usd);
            bills.push({ atMs: clock.nowMs, usd });
          }
          await setImmediate(); // What is spent is written down.
          const heldUsd = held.reduce((sum, { rows }) => sum + rows * rowUsd, 0);
          const recentUsd = bills
            .filter(({ atMs }) => atMs > clock.nowMs - hourMs)
            .reduce((sum, { usd }) => sum + usd, 0);
          const usd = recentUsd + heldUsd;
          assert.ok(usd <= shop.usdPerHour + 1e-9, `${usd} dollars in an hour`);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('a request of a key without money', () => {
  const broke = {
    keyAccounts: {
      ready: async () => {},
      reserve: () => unlimited(0),
    },
  };

  it('has the student’s answer, marked, where it is not sure; sure rows go on', async () => {
    const { predict, teacher } = openPredictRig(broke);
    const answers = await ask(predict, [sure(), unsure()], { keyBudget: shop });

    assert.deepEqual(
      answers.map(({ route, reason }) => `${route}: ${reason}`),
      ['student: confident', 'degraded: teacher-over-budget'],
    );
    assert.deepEqual(teacher.asked, []);
  });

  it('is refused where the policy wants no degraded answers, or no student is there', async () => {
    const strict = openPredictRig({ ...broke, policy: { onTeacherFailure: 'error' } });
    const bare = openPredictRig({ ...broke, student: null });
    for (const { predict } of [strict, bare])
      await assert.rejects(ask(predict, [unsure()], { keyBudget: shop }), {
        code: 'OVERLOADED',
        retryAfterSeconds: 60,
      });
  });

  it('is none of a key that has no budget of its own', async () => {
    const { predict } = openPredictRig(broke);

    assert.equal((await ask(predict, [unsure()]))[0]!.route, 'teacher');
  });
});
