import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { Policy } from '../../src/config/policy-schema.js';
import { TeacherBudget } from '../../src/serving/teacher-budget.js';
import { seededDraw } from '../support/seeded-draw.js';
import { policy } from '../support/square-task.js';

const startMs = 1_700_000_000_000;

function open(changes: Partial<Policy>, costPerRowUsd = 0.01) {
  const state = { nowMs: startMs, policy: { ...policy, ...changes }, changes: 0 };
  const budget = new TeacherBudget({
    policy: () => state.policy,
    costPerRowUsd,
    saved: null,
    save: async () => {},
    onUnsaved: () => {},
    now: () => state.nowMs,
    onChange: () => void state.changes++,
  });
  return { budget, state };
}
const budgetOf = (callsPerHour: number): Partial<Policy> => ({
  mode: 'budget',
  teacherBudget: { callsPerHour },
});

describe('a teacher’s budget over some hours of traffic', () => {
  it('is spent evenly, on the least confident rows, and follows the traffic', async () => {
    const { budget, state } = open({ ...budgetOf(600), holdoutRate: 0.05 });
    const draw = seededDraw(11);
    /** Rows to the teacher for being unsure, by tenth of an hour; their confidences. */
    const tenths: number[] = [];
    const asked: number[] = [];
    let refused = 0;
    let labels = 0;
    const seconds = 4 * 3600;
    for (let second = 0; second < seconds; second++) {
      state.nowMs += 1000;
      const rows = second < seconds / 2 ? 2 : 8; // Traffic grows fourfold in the middle.
      for (let row = 0; row < rows; row++) {
        const confidence = draw();
        const { threshold, holdoutRate } = budget;
        budget.saw({ rows: 1, confidences: [confidence] });
        const isUnsure = threshold === null || confidence < threshold;
        const fits = isUnsure && budget.reserve(1, 'answer').rows === 1;
        if (isUnsure && !fits) refused++;
        if (fits) {
          asked.push(confidence);
          tenths[Math.floor(second / 360)] = (tenths[Math.floor(second / 360)] ?? 0) + 1;
        } else if (draw() < holdoutRate) labels += budget.reserve(1, 'label').rows;
      }
      if (second % 20 === 0) await setImmediate();
    }

    const total = asked.length + labels;
    assert.ok(total > 0.9 * 4 * 600 && total <= 4 * 600, `${total} calls in four hours`);
    assert.ok(labels <= 0.55 * total, `${labels} of ${total} are labels`);
    const isEven = (_: number, tenth: number): boolean => tenth >= 5 && tenth !== 20;
    const later = tenths.filter(isEven); // Not at the start, nor when the traffic grew at once.
    const [least, most] = [Math.min(...later), Math.max(...later)];
    assert.ok(most <= 2 * least, `${tenths.join(', ')} rows in tenths of an hour`);
    // At 8 rows a second 580 calls pay for 1 % of unsure rows beside as many labels.
    const lastHour = asked.slice(-200);
    assert.ok(Math.max(...lastHour) < 0.05, `${Math.max(...lastHour)} was asked about`);
    assert.ok(refused < 0.3 * asked.length, `${refused} refused, ${asked.length} asked`);
  });
});

describe('a teacher’s budget', () => {
  it('lets the teacher answer all while it can pay for all', () => {
    const { budget, state } = open(budgetOf(10_000));
    for (let second = 0; second < 60; second++) {
      state.nowMs += 1000;
      budget.saw({ rows: 1, confidences: [0.5] });
    }

    assert.deepEqual([budget.threshold, budget.holdoutRate], [null, 0.1]);
  });

  it('leaves half of itself to answers: fewer rows are held out than the policy says', () => {
    const { budget, state } = open(budgetOf(300));
    for (let second = 0; second < 60; second++) {
      state.nowMs += 1000;
      budget.saw({ rows: 10, confidences: [0.2, 0.9] });
    }

    // 290 calls for 36 000 rows an hour (a tenth of a minute is still missing): half of 0.8 %.
    assert.ok(Math.abs(budget.holdoutRate - 145 / 36_000) < 0.000_5, `${budget.holdoutRate}`);
  });

  it('tells of its threshold once a second at most, and at once of another policy', () => {
    const { budget, state } = open(budgetOf(10));
    for (let ms = 0; ms < 2_000; ms++) {
      state.nowMs += 1;
      budget.saw({ rows: 5, confidences: [ms / 2_000] });
    }
    const changes = state.changes;
    state.policy = { ...policy, ...budgetOf(1e9) };

    assert.ok(changes <= 3, `${changes} changes`);
    assert.equal(budget.threshold, null);
    assert.equal(state.changes, changes + 1);
  });

  it('bounds what is spent in another mode, too, and decides nothing else there', async () => {
    const { budget, state } = open({ mode: 'risk', teacherBudget: { callsPerHour: 30 } });
    for (let second = 0; second < 60; second++) {
      state.nowMs += 1000;
      budget.saw({ rows: 10, confidences: [0.2, 0.9] });
    }

    assert.deepEqual([budget.threshold, budget.holdoutRate], [null, 0.1]);
    await budget.ready(1_000);
    assert.equal(budget.reserve(1_000, 'answer').rows, 1); // A thirtieth of it can go at once.
    assert.deepEqual(budget.state, { unit: 'calls', perHour: 30, spentLastHour: 1 });
  });

  it('is not there where nothing limits it, or where the teacher costs nothing', () => {
    const other = open({ mode: 'risk' });
    const free = open({ mode: 'budget', teacherBudget: { usdPerHour: 1 } }, 0);

    for (const { budget } of [other, free]) {
      assert.equal(budget.reserve(1_000, 'answer').rows, 1_000);
      assert.deepEqual([budget.state, budget.threshold], [null, null]);
    }
  });

  it('says how it stands', async () => {
    const { budget } = open({ mode: 'budget', teacherBudget: { usdPerHour: 3 } });
    await budget.ready(4);
    budget.reserve(4, 'answer').settle(0.04);

    assert.deepEqual(budget.state, { unit: 'usd', perHour: 3, spentLastHour: 0.04 });
  });
});
