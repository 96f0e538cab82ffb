import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  BudgetAccount,
  type BudgetLimits,
  type Reservation,
  type SavedAccount,
} from '../../src/serving/budget-account.js';
import { createGate } from '../support/gate.js';
import { seededDraw } from '../support/seeded-draw.js';
import { turnsOfTheLoop } from '../support/until.js';

const hourMs = 3_600_000;
const startMs = 1_700_000_000_000;

/** Whose file is written. */
async function open(limits: BudgetLimits, saved: SavedAccount | null = null) {
  const clock = { nowMs: startMs };
  const disk: { saved: SavedAccount | null; failed: number } = { saved, failed: 0 };
  const account = new BudgetAccount({
    saved,
    save: async (written) => void (disk.saved = written),
    onUnsaved: () => void disk.failed++,
    now: () => clock.nowMs,
  });
  account.setLimits(limits);
  await account.ready(1);
  return { account, clock, disk };
}
const calls = (perHour: number): BudgetLimits => ({ unit: 'calls', perHour, perRow: 1 });

/** The most that any hour holds, by trying the hour that begins with each event. */
function worstHour(events: readonly { readonly atMs: number; readonly amount: number }[]): number {
  const sorted = [...events].sort((one, other) => one.atMs - other.atMs);
  const sums = sorted.map(({ atMs }) =>
    sorted
      .filter((event) => event.atMs >= atMs && event.atMs < atMs + hourMs)
      .reduce((sum, { amount }) => sum + amount, 0),
  );
  return Math.max(0, ...sums);
}

describe('a budget account under a storm of requests', () => {
  for (const [name, limits, seed] of [
    ['60 calls', calls(60), 1],
    ['1 call', calls(1), 2],
    ['997 calls', calls(997), 3],
    ['0.5 dollars at 0.003 a row', { unit: 'usd', perHour: 0.5, perRow: 0.003 }, 4],
  ] as const)
    it(`spends at most ${name} in any hour, and most of it`, async () => {
      const { account, clock } = await open(limits);
      const draw = seededDraw(seed);
      const events: { atMs: number; amount: number }[] = [];
      const underWay: { readonly doneMs: number; readonly reservation: Reservation }[] = [];

      for (let step = 0; step < 4_000; step++) {
        clock.nowMs += draw() * 10_000; // Five and a half hours in all.
        const purpose = draw() < 0.1 ? 'label' : 'answer';
        const wanted = 1 + Math.floor(draw() * 40);
        await account.ready(wanted);
        const reservation = account.reserve(wanted, purpose);
        const { rows } = reservation;
        const fate = draw();
        if (rows > 0 && fate < 0.1) reservation.release();
        else if (rows > 0) {
          const takesMs = draw() * 60_000;
          const amount = limits.unit === 'usd' ? rows * limits.perRow : rows;
          events.push({ atMs: clock.nowMs + takesMs * draw(), amount });
          underWay.push({ doneMs: clock.nowMs + takesMs, reservation });
        }
        for (const call of underWay.filter(({ doneMs }) => doneMs <= clock.nowMs)) {
          underWay.splice(underWay.indexOf(call), 1);
          call.reservation.settle(call.reservation.rows * 0.003);
        }
      }

      const worst = worstHour(events);
      const total = events.reduce((sum, { amount }) => sum + amount, 0);
      const hours = (clock.nowMs - startMs) / hourMs;
      assert.ok(worst <= limits.perHour * (1 + 1e-9), `${worst} in an hour`);
      if (limits.perHour !== 1) {
        const used = total / hours / limits.perHour;
        assert.ok(used > 0.8, `only ${used} of it used`);
      }
    });
});

describe('a budget account', () => {
  it('pays answers two minutes’ worth at once, and labels a tenth of the hour', async () => {
    const { account, clock } = await open(calls(300));

    assert.equal(account.reserve(100, 'answer').rows, 10);
    assert.equal(account.reserve(1, 'answer').rows, 0);
    await turnsOfTheLoop();
    assert.equal(account.reserve(20, 'label').rows, 20);
    await turnsOfTheLoop();
    assert.equal(account.reserve(20, 'label').rows, 10);
    await turnsOfTheLoop();

    clock.nowMs += 120_000;
    assert.equal(account.reserve(5, 'answer').rows, 0); // The labels took what came in.
    clock.nowMs += 360_000;
    assert.equal(account.reserve(50, 'answer').rows, 8);
  });

  it('is not there while nothing is limited', async () => {
    const { account } = await open(calls(1));
    account.setLimits(null);

    assert.equal(account.reserve(5_000, 'answer').rows, 5_000);
    assert.equal(account.spent(), 0);
  });

  it('spends no more than it has said on disk that it may', async () => {
    const clock = { nowMs: startMs };
    const gate = createGate();
    const written: SavedAccount[] = [];
    const account = new BudgetAccount({
      saved: null,
      save: async (saved) => {
        written.push(saved);
        if (written.length > 1) await gate.promise;
      },
      onUnsaved: () => {},
      now: () => clock.nowMs,
    });
    account.setLimits(calls(3_000));
    await turnsOfTheLoop();

    const before = account.reserve(1_000, 'label').rows;
    await turnsOfTheLoop();
    const held = account.reserve(1_000, 'label').rows;
    gate.open();
    await turnsOfTheLoop();
    const after = account.reserve(1_000, 'label').rows;

    assert.deepEqual([before, held, after], [100, 0, 100]);
    assert.deepEqual(written[0]!.ahead, { calls: 100, usd: 0 });
  });

  it('spends nothing before its first file is on the disk: a crash would forget it', async () => {
    const gate = createGate();
    const account = new BudgetAccount({
      saved: null,
      save: () => gate.promise,
      onUnsaved: () => {},
      now: () => startMs,
    });
    account.setLimits(calls(3_000));
    const early = account.reserve(1, 'answer').rows;
    const isReady = account.ready(1);
    gate.open();
    await isReady;

    assert.deepEqual([early, account.reserve(1, 'answer').rows], [0, 1]);
  });

  it('leaves half of itself to answers, however many labels are wanted', async () => {
    const { account, clock } = await open(calls(600));
    const rows = { answer: 0, label: 0 };
    for (let second = 0; second < 7_200; second++) {
      clock.nowMs += 1000;
      for (const purpose of ['label', 'answer'] as const) {
        await account.ready(5);
        const { rows: paid } = account.reserve(5, purpose);
        if (second >= 3_600) rows[purpose] += paid;
      }
    }

    assert.ok(rows.answer >= 0.48 * 600 && rows.label >= 0.45 * 600, JSON.stringify(rows));
    assert.ok(rows.answer + rows.label <= 600, JSON.stringify(rows));
  });

  it('knows after a crash what was spent, and takes what it may have spent for spent', async () => {
    const before = await open(calls(60));
    await turnsOfTheLoop();
    assert.equal(before.account.reserve(32, 'label').rows, 6); // A tenth of the hour.
    await turnsOfTheLoop();

    const after = await open(calls(60), before.disk.saved);
    const late = await open(calls(60), before.disk.saved);

    assert.equal(after.account.spent(), 6 + 6);
    late.clock.nowMs += hourMs + 20_000;
    assert.equal(late.account.spent(), 0);
  });

  it('has nothing ahead after an orderly end', async () => {
    const before = await open(calls(60));
    await turnsOfTheLoop();
    before.account.reserve(5, 'label').settle(0);
    await before.account.close();

    const after = await open(calls(60), before.disk.saved);
    assert.equal(after.account.spent(), 5);
  });

  it('counts what a call has cost instead of what was put aside for it', async () => {
    const { account } = await open({ unit: 'usd', perHour: 1, perRow: 0.01 });
    account.reserve(2, 'label').settle(0.5);

    assert.equal(account.spent(), 0.5);
  });
});

describe('a row that is dearer than rows usually are', () => {
  const limits: BudgetLimits = { unit: 'usd', perHour: 3, perRow: 0.01 };

  it('has room when the bucket is full, and binds the hour as what it costs', async () => {
    const { account, clock } = await open(limits); // A bucket of 0.1 dollars.

    await account.ready(3, 0.5);
    const dear = account.reserve(3, 'answer', 0.5);
    assert.equal(dear.rows, 1);
    assert.equal(account.reserve(1, 'answer', 0.01).rows, 0);
    dear.settle(0.1);
    await account.ready(99, 0.01);
    assert.equal(account.reserve(99, 'answer', 0.01).rows, 40);
    clock.nowMs += 60_000;
    for (let minute = 0; minute < 60; minute++, clock.nowMs += 60_000) {
      await account.ready(99, 0.5);
      account.reserve(99, 'answer', 0.5);
    }
    assert.ok(account.spent() <= limits.perHour, `${account.spent()}`);
  });

  it('fills no bucket anew, however often a dearer one comes', async () => {
    const { account } = await open(limits);
    account.reserve(10, 'answer');
    let rows = 0;
    for (let usd = 0.2; usd < 1; usd += 0.01) {
      await account.ready(1, usd);
      rows += account.reserve(1, 'answer', usd).rows;
    }

    assert.equal(rows, 0);
  });
});
