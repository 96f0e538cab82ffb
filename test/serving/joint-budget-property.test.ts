import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { KeyBudgets, type SavedKeyAccounts } from '../../src/keys/key-budgets.js';
import {
  BudgetAccount,
  type Reservation,
  type SavedAccount,
} from '../../src/serving/budget-account.js';
import { jointBudget } from '../../src/serving/joint-budget.js';

const hourMs = 3_600_000;
const startMs = 1_700_000_000_000;
const rowUsd = 0.1;
const ofTask = { unit: 'usd', perHour: 20, perRow: rowUsd } as const;
const keys = [
  { key: 'shop', usdPerHour: 15 },
  { key: 'ops', usdPerHour: 9 },
] as const;

/** Files of both, whose writes end when they are let: until then nothing of them is on the disk. */
function openDisk() {
  const disk: { task: SavedAccount | null; keys: SavedKeyAccounts | null } = {
    ...{ task: null, keys: null },
  };
  let waiting: (() => void)[] = [];
  let life = 0;
  /** Those of a gateway that was killed do nothing any more. */
  const writeIn = (own: number, put: () => void): Promise<void> =>
    new Promise((resolve) => {
      if (own !== life) return;
      waiting.push(() => {
        put();
        resolve();
      });
    });
  return {
    disk,
    /** What one gateway writes by. */
    writer: () => {
      const own = life;
      return {
        saveTask: (saved: SavedAccount) => writeIn(own, () => void (disk.task = saved)),
        saveKeys: (saved: SavedKeyAccounts) => writeIn(own, () => void (disk.keys = saved)),
      };
    },
    letWrite: (): void => {
      const now = waiting;
      waiting = [];
      for (const end of now) end();
    },
    /** What had not ended never does. */
    crash: (): void => {
      waiting = [];
      life++;
    },
  };
}

/** A gateway's two kinds of accounts, as it finds them on the disk. */
async function open({ disk, writer }: ReturnType<typeof openDisk>, now: () => number) {
  const { saveTask, saveKeys } = writer();
  const task = new BudgetAccount({
    ...{ saved: disk.task, save: saveTask, now },
    onUnsaved: (error) => assert.fail(String(error)),
  });
  task.setLimits(ofTask);
  const accounts = await KeyBudgets.open({
    file: { read: async () => disk.keys, write: saveKeys },
    onUnsaved: (error) => assert.fail(String(error)),
    now,
  });
  // Labels are nobody's: the task alone pays for them, as far as the hour goes.
  return [...keys.map((budget) => jointBudget(task, { accounts, budget, rowUsd })), task];
}

interface Held {
  /** Of `keys`; the number after them is of labels. */
  readonly key: number;
  readonly reservation: Reservation;
  readonly atMs: number;
}

const seconds = (min: number, max: number) =>
  fc.integer({ min: min * 1000, max: max * 1000 }).map((ms) => ({ kind: 'wait' as const, ms }));
const settledMostly = ['settle', 'settle', 'settle', 'release'] as const;
/** A call mostly costs what was put aside for it. */
const billedShare = fc.oneof(
  fc.constant(1),
  fc.constant(1),
  fc.double({ min: 0, max: 1, noNaN: true }),
);
const step = fc.oneof(
  {
    weight: 32,
    arbitrary: fc.record({
      kind: fc.constant('reserve' as const),
      ...{ key: fc.nat(2), rows: fc.integer({ min: 1, max: 40 }) },
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom(...settledMostly),
      ...{ which: fc.nat(9), share: billedShare },
    }),
  },
  { weight: 16, arbitrary: seconds(5, 45) },
  { weight: 1, arbitrary: seconds(60, 300) },
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('write' as const), lasts: fc.nat(7) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'crash' as const }) },
);

describe('the budgets of a task and of two keys', () => {
  it('are never overspent in any hour, however calls, writes and crashes lie', async () => {
    let spentMost = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 400, maxLength: 600, size: 'max' }),
        // On a quick one who asks finds written what he wants; on a slow one crashes forget most.
        fc.constantFrom('quick' as const, 'usual' as const, 'slow' as const),
        async (steps, disk) => {
          const clock = { nowMs: startMs };
          const files = openDisk();
          let payers = await open(files, () => clock.nowMs);
          let held: Held[] = [];
          const bills: { key: number; atMs: number; usd: number }[] = [];
          const bill = ({ key, reservation }: Held, share: number, atMs = clock.nowMs): number => {
            const usd = share * reservation.rows * rowUsd;
            bills.push({ key, atMs, usd });
            return usd;
          };
          for (const one of steps) {
            if (one.kind === 'reserve') {
              const purpose = one.key < keys.length ? 'answer' : 'label';
              if (disk === 'quick') {
                void payers[one.key]!.ready(one.rows);
                files.letWrite();
                await setImmediate();
              }
              const reservation = payers[one.key]!.reserve(one.rows, purpose);
              if (reservation.rows > 0) held.push({ key: one.key, reservation, atMs: clock.nowMs });
            } else if (one.kind === 'write') {
              if (disk !== 'slow' || one.lasts === 0) files.letWrite();
            } else if (one.kind === 'crash' && disk !== 'quick') {
              // The teacher may bill all that it was asked.
              for (const call of held) bill(call, 1, call.atMs);
              held = [];
              files.crash();
              payers = await open(files, () => clock.nowMs);
            } else if (one.kind === 'wait') {
              // No call takes longer than a minute.
              if (one.ms > 60_000)
                for (const call of held.splice(0)) call.reservation.settle(bill(call, 1));
              clock.nowMs += one.ms;
            } else if (one.kind !== 'crash' && held.length > 0) {
              const [call] = held.splice(one.which % held.length, 1);
              if (one.kind === 'release') call!.reservation.release();
              else call!.reservation.settle(bill(call!, one.share));
            }
            await setImmediate();
            const spentUsd = (isOf: (key: number) => boolean): number =>
              bills
                .filter(({ key, atMs }) => isOf(key) && atMs > clock.nowMs - hourMs)
                .reduce((sum, { usd }) => sum + usd, 0) +
              held
                .filter(({ key }) => isOf(key))
                .reduce((sum, { reservation }) => sum + reservation.rows * rowUsd, 0);
            const all = spentUsd(() => true);
            spentMost = Math.max(spentMost, all);
            assert.ok(all <= ofTask.perHour + 1e-9, `${all} dollars of the task in an hour`);
            keys.forEach(({ key, usdPerHour }, index) => {
              const own = spentUsd((of) => of === index);
              assert.ok(own <= usdPerHour + 1e-9, `${own} dollars of ${key} in an hour`);
            });
          }
        },
      ),
      { numRuns: 80, endOnFailure: true },
    );
    assert.ok(spentMost > ofTask.perHour * 0.7, `only ${spentMost} dollars were ever spent`);
  });
});
