import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CapturedRow } from '../../src/capture/capture.js';
import { labelReferenceRows } from '../../src/routing/label-shift-test.js';
import type { Guarantee } from '../../src/serving/guarantee.js';
import { watchLabelMix } from '../../src/serving/label-mix-watch.js';
import { rowsHeldMax, settleMs } from '../../src/serving/rows-in-order.js';
import { createTaskBus } from '../../src/serving/task-bus.js';
import { MemoryCapture } from '../fakes/memory-capture.js';
import { capturedRow } from '../support/captured-row.js';
import { openCertified, openGuarantee, raiseAlarm } from '../support/guarantee-rig.js';
import { createEvidence, many } from '../support/holdout-evidence.js';
import { seededDraw } from '../support/seeded-draw.js';
import { squareTask } from '../support/square-task.js';

const task = squareTask.name;
const teacherVersion = 't1-aaaaaaaa';
/** Dark rows are half of the traffic, then nine in ten. */
const asBefore = (index: number): number => index % 2;
const shifted = (index: number): number => Number(index % 10 === 9);

/**
 * A log, and a gateway that watches what is put into it. Rows are a millisecond apart, labels come
 * so late that each row's turn is when the next one comes.
 */
async function openWatch(guarantee: Guarantee, capture = new MemoryCapture()) {
  const bus = createTaskBus();
  const time = { createdMs: capture.rows.length, nowMs: 0 };
  const oldestPending: { createdMs: number | null } = { createdMs: null };
  const watch = watchLabelMix(bus, {
    ...{ labels: squareTask.labels, guarantee },
    oldestPendingMs: () => oldestPending.createdMs,
    now: () => time.nowMs,
  });
  const createdAfterMs = watch.sinceMs();
  const filter = { task, teacherVersion, rowsMax: 5_000, createdAfterMs };
  watch.replay(await capture.readHoldout(filter));
  async function take(row: Partial<CapturedRow>): Promise<void> {
    const id = `row-${capture.rows.length}`;
    time.nowMs += settleMs;
    const common = { task, teacherVersion, isHoldout: true, createdMs: ++time.createdMs };
    const made = capturedRow({ id, inputHash: id, ...common, ...row });
    await capture.append([made]);
    bus.emit('captured', [made]);
  }
  /** @returns rows until inputs were said to drift; null: never. */
  async function send(
    rows: number,
    labelOf: (index: number) => number,
    changes: Partial<CapturedRow> = {},
  ): Promise<number | null> {
    for (let index = 0; index < rows; index++) {
      await take({ teacherLabel: labelOf(index), ...changes });
      if (guarantee.inputDrift !== null) return index + 1;
    }
    return null;
  }
  return { bus, capture, send, time, oldestPending };
}

/** Since when labels are watched is earlier than any row here. */
async function openCalm() {
  const opened = openCertified();
  const watch = await openWatch(opened.guarantee);
  assert.equal(await watch.send(labelReferenceRows, asBefore), null);
  return { ...opened, ...watch };
}

/** 200 rows of one millisecond, half of them dark: those that the student is unsure of. */
const burstAt = (createdMs: number, draw: () => number): readonly CapturedRow[] =>
  Array.from({ length: 200 }, (_, index) =>
    capturedRow({
      id: `${createdMs}-${index}`,
      ...{ task, teacherVersion, isHoldout: true, createdMs },
      inputHash: `${draw()}`,
      teacherLabel: Number(draw() < 0.5),
    }),
  );

describe('the labels that the teacher gives holdout rows', () => {
  it('raise the alarm of the inputs when they change, in words that say which', async () => {
    const { guarantee, events, send } = await openCalm();

    const rowsToAlarm = await send(200, shifted);

    assert.notEqual(rowsToAlarm, null);
    assert.equal(events.at(-1)!.kind, 'inputs-drifted');
    const words = /^The teacher called \d+ of the last \d+ holdout rows "dark"; of 500 before that/;
    assert.match(guarantee.inputDrift!.why, words);
    assert.notEqual(guarantee.threshold, null);
  });

  it('go on across promotions: no new student or certificate starts them anew', async () => {
    const calm = await openCalm();
    const rowsToAlarm = (await calm.send(200, shifted))!;
    const { guarantee, send } = await openCalm();
    assert.equal(await send(rowsToAlarm - 1, shifted), null);

    guarantee.bind('b', many(230, createEvidence('of b')));

    assert.notEqual(guarantee.threshold, null);
    assert.equal(await send(1, () => 0), 1);
  });

  it('go on after a restart, from what is in the log', async () => {
    const calm = await openCalm();
    const rowsToAlarm = (await calm.send(200, shifted))!;
    const before = await openCalm();
    await before.send(rowsToAlarm - 1, shifted);
    const { guarantee } = openGuarantee({ saved: before.saves.at(-1)! });
    guarantee.bind('a', []);

    const { send } = await openWatch(guarantee, before.capture);

    assert.equal(await send(2, () => 0), 2);
  });

  it('are compared with those since the last alarm', async () => {
    const { guarantee, send, time } = await openCalm();
    raiseAlarm(guarantee); // At 1 000 000 ms.
    const anew = createEvidence('anew', 1_000_001);
    for (const row of many(400, anew)) guarantee.observe(row, { isServed: false, certifies: true });
    assert.notEqual(guarantee.threshold, null);

    time.createdMs = 1_000_000 - labelReferenceRows; // Their labels come late.
    assert.equal(await send(labelReferenceRows, () => 1), null);
    assert.equal(await send(labelReferenceRows + 200, shifted), null);
    assert.notEqual(await send(200, () => 1), null);
  });

  it('raise none while nothing is certified, and do once it is', async () => {
    const { guarantee } = openGuarantee();
    const { send } = await openWatch(guarantee);
    await send(labelReferenceRows, asBefore);
    assert.equal(await send(200, shifted), null);

    guarantee.bind('a', many(230, createEvidence('first')));

    assert.equal(await send(10, () => 0), 2);
  });

  it('raise none in a mode that goes by no certified threshold', async () => {
    const { guarantee, send } = await openCalm();
    guarantee.setPolicy({ ...guarantee.policy, mode: 'student' });

    assert.equal(await send(500, shifted), null);
  });

  it('are those of holdout rows, of each input once', async () => {
    const { send } = await openCalm();

    assert.equal(await send(500, () => 0, { isHoldout: false }), null);
    assert.equal(await send(500, () => 0, { inputHash: 'the same' }), null);
  });

  it('say nothing that was gathered while labels were lost', async () => {
    const { bus, send } = await openCalm();
    for (let rows = 0; rows < 500; rows += 10) {
      assert.equal(await send(10, () => 0), null);
      bus.emit('labellingLost', 1, new Error('down'));
    }
    bus.emit('labelsOverBudget', 1);
    assert.equal(await send(10, () => 0), null);
  });

  it('are no others where a burst is labelled in parts, unsure ones first', async () => {
    const draw = seededDraw(11);
    const alarms: (string | undefined)[] = [];
    for (let stream = 0; stream < 50; stream++) {
      const { guarantee } = openCertified();
      const { bus, time, oldestPending } = await openWatch(guarantee);
      let late: readonly CapturedRow[] = [];
      for (let burst = 0; burst < 12; burst++) {
        const createdMs = (time.createdMs += 1_000);
        const rows = burstAt(createdMs, draw);
        const unsure = rows.filter(({ teacherLabel }) => teacherLabel === 0);
        oldestPending.createdMs = late[0]?.createdMs ?? createdMs;
        for (const row of unsure) emit(row);
        while (late.length > 0) {
          emit(...late.slice(0, 32));
          late = late.slice(32);
          oldestPending.createdMs = late[0]?.createdMs ?? createdMs;
        }
        late = rows.filter((row) => !unsure.includes(row));
      }
      if (guarantee.inputDrift !== null) alarms.push(guarantee.inputDrift.why);

      function emit(...rows: readonly CapturedRow[]): void {
        time.nowMs += settleMs;
        bus.emit('captured', rows);
      }
    }

    assert.deepEqual(alarms, []);
  });

  it('wait for older rows that have none yet, and for what may still be on its way', async () => {
    const { guarantee, send, oldestPending, time } = await openCalm();
    oldestPending.createdMs = time.createdMs; // The newest row of the reference.
    assert.equal(await send(200, () => 0), null);

    oldestPending.createdMs = null;

    assert.equal(await send(1, () => 1), 1);
    assert.match(guarantee.inputDrift!.why, / of the last \d+ holdout rows "dark"/);
  });

  it('say nothing of rows that are too many to wait', async () => {
    const { guarantee, bus, send, oldestPending, time } = await openCalm();
    oldestPending.createdMs = time.createdMs;
    const row = { task, teacherVersion, isHoldout: true, createdMs: ++time.createdMs };
    const rows = Array.from({ length: rowsHeldMax + 1 }, (_, index) =>
      capturedRow({ ...row, id: `${index}`, inputHash: `${index}`, teacherLabel: 0 }),
    );
    bus.emit('captured', rows);

    oldestPending.createdMs = null;

    assert.equal(await send(10, () => 0), null);
    assert.equal(guarantee.inputDrift, null);
  });
});
