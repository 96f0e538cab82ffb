import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OverloadedError, TeacherFailedError } from '../../../src/errors.js';
import type { Input } from '../../../src/task/task.js';
import type { CallContext, Purse, TeacherAnswer } from '../../../src/teacher/teacher.js';
import { createGate } from '../../support/gate.js';
import { resilientRig, watched, type ResilientRigOptions } from '../../support/resilient.js';
import { sure } from '../../support/predict-rig.js';

const down = new TeacherFailedError('Down.');
const rows = [sure()];

/** Fails the first calls with these, and answers all others. */
function failing(errors: readonly Error[], options: ResilientRigOptions = {}) {
  const rig = resilientRig(options);
  const left = [...errors];
  rig.inner.onLabel = () => {
    const error = left.shift();
    if (error !== undefined) throw error;
  };
  return rig;
}
/** So many calls that go well pay for further attempts. */
async function saveUp({ teacher }: ReturnType<typeof resilientRig>, calls: number): Promise<void> {
  for (let call = 0; call < calls; call++) await teacher.label(rows);
}

describe('a teacher that fails', () => {
  it('is asked again after a moment, and answers then', async () => {
    const { teacher, inner, clock, heard } = failing([down]);
    const call = watched(teacher.label(rows));
    await clock.pass(24); // Half of 50 ms is what the draw says.
    assert.equal(call.isOver, false);
    await clock.pass(1);

    assert.equal(call.value![0]!.label, 1);
    assert.deepEqual([inner.asked.length, heard], [2, ['retry']]);
    assert.equal(clock.waiting, 0);
  });

  it('is not asked again for what asking again does not mend', async () => {
    const never = new TeacherFailedError('No.', {}, { isRetryable: false });
    for (const error of [never, new OverloadedError('Full.', 1), new TypeError('A bug.')]) {
      const { teacher, inner } = failing([error]);

      await assert.rejects(teacher.label(rows), error);
      assert.equal(inner.asked.length, 1);
    }
  });

  it('is given up after three attempts, with its own error', async () => {
    const rig = failing([]);
    await saveUp(rig, 10);
    rig.inner.onLabel = () => {
      throw down;
    };
    const call = watched(rig.teacher.label(rows));
    await rig.clock.pass(1000);

    assert.equal(call.error, down);
    assert.equal(rig.inner.asked.length, 13);
  });

  it('is asked for a fifth more than there are calls, and no more', async () => {
    const { teacher, inner, clock } = failing([], { settings: { breaker: { callsMin: 9999 } } });
    inner.onLabel = () => {
      throw down;
    };
    for (let call = 0; call < 100; call++) {
      const failed = watched(teacher.label(rows));
      await clock.pass(100);
      assert.equal(failed.error, down);
    }

    assert.equal(inner.asked.length, 121); // 100 calls, a fifth of them, and one.
  });

  it('is not asked again where the time of the caller would be over before', async () => {
    const { teacher, inner } = failing([down]);
    const leftMs = (): number => 25; // The retry would begin just then.

    await assert.rejects(teacher.label(rows, undefined, { leftMs }), down);
    assert.equal(inner.asked.length, 1);
  });

  it('is left alone as long as it asks for, by everybody', async () => {
    const busy = new TeacherFailedError('Busy.', { status: 429, retryAfterMs: 400 });
    const { teacher, inner, clock, heard } = failing([busy]);
    const first = watched(teacher.label(rows));
    await clock.pass(1);
    const second = watched(teacher.label(rows)); // It has the time to wait for its turn.
    await assert.rejects(teacher.label(rows, undefined, { leftMs: () => 100 }), {
      code: 'OVERLOADED',
    });
    await clock.pass(398);
    assert.equal(inner.asked.length, 1);
    await clock.pass(30);

    assert.ok(first.value !== undefined && second.value !== undefined);
    assert.deepEqual(heard, ['paused 400', 'retry']);
  });

  it('is tried again as others are where its server has too many requests', async () => {
    const busy = new OverloadedError('Busy.', 1, { status: 429 });
    const rig = resilientRig();
    const { teacher, inner, clock } = rig;
    await saveUp(rig, 20);
    const errors = [busy, busy];
    inner.onLabel = () => {
      const error = errors.shift();
      if (error !== undefined) throw error;
    };
    const call = watched(teacher.label(rows));
    await clock.pass(900);

    assert.equal(call.value?.length, rows.length);
    assert.equal(inner.asked.length, 23);
  });

  it('that asks for more time than there is fails at once', async () => {
    const busy = new TeacherFailedError('Busy.', { status: 429, retryAfterMs: 60_000 });
    const { teacher, inner, clock } = failing([busy]);

    await assert.rejects(teacher.label(rows), busy);
    await assert.rejects(teacher.label(rows), { code: 'OVERLOADED', retryAfterSeconds: 60 });
    assert.equal(inner.asked.length, 1);
    assert.equal(teacher.state().waitMs, 60_000);
    await clock.pass(60_000);
    assert.equal((await teacher.label(rows)).length, 1);
  });
});

describe('a teacher that hangs', () => {
  const hanging = (options: ResilientRigOptions = {}) => {
    const rig = resilientRig(options);
    rig.inner.onLabel = () => createGate().promise;
    return rig;
  };

  it('is waited for as long as its time says, whatever is tried in it', async () => {
    const { teacher, inner, clock } = hanging({ settings: { attemptTimeoutMs: 600 } });
    const call = watched(teacher.label(rows));
    await clock.pass(999);
    assert.equal(call.isOver, false);
    await clock.pass(1);

    assert.equal((call.error as { code: string }).code, 'TEACHER_TIMEOUT');
    assert.equal(inner.asked.length, 2); // The second one's time is cut short.
    assert.deepEqual([teacher.state().inFlightCalls, clock.waiting], [0, 0]);
  });

  it('is not waited for once its caller has gone', async () => {
    const { teacher, clock } = hanging();
    const controller = new AbortController();
    const call = watched(teacher.label(rows, controller.signal));
    await clock.pass(10);
    controller.abort();
    await clock.pass(0);

    assert.equal((call.error as { code: string }).code, 'CANCELLED');
    assert.deepEqual([teacher.state().inFlightCalls, clock.waiting], [0, 0]);
  });

  it('opens its breaker by timeouts; then nobody waits, not even for a place', async () => {
    const settings = { breaker: { callsMin: 2 }, limit: { callsMax: 2 } };
    const { teacher, inner, clock, heard } = hanging({ settings });
    const calls = [1, 2, 3].map(() => watched(teacher.label(rows)));
    await clock.pass(1000);

    const codes = calls.map(({ error }) => (error as { code: string }).code);
    assert.deepEqual(codes, ['TEACHER_TIMEOUT', 'TEACHER_TIMEOUT', 'TEACHER_UNAVAILABLE']);
    await assert.rejects(teacher.label(rows), { code: 'TEACHER_UNAVAILABLE', waitMs: 5000 });
    assert.deepEqual([inner.asked.length, heard], [2, ['open']]);
    inner.onLabel = () => {};
    await clock.pass(5000);
    await teacher.label(rows);
    await teacher.label(rows);
    assert.deepEqual(heard, ['open', 'half-open', 'closed']);
  });

  it('is not shut out by callers without patience, but by those who waited long', async () => {
    const settings = { breaker: { callsMin: 2 } };
    const rig = resilientRig({ settings });
    const { teacher, inner, clock } = rig;
    inner.onLabel = () => clock.pass(10);
    await saveUp(rig, 30); // Its answers take 10 ms.
    inner.onLabel = () => createGate().promise;
    const giveUpAfter = async (ms: number): Promise<void> => {
      const controller = new AbortController();
      const call = watched(teacher.label(rows, controller.signal));
      await clock.pass(ms);
      controller.abort();
      await clock.pass(0);
      assert.ok(call.error);
    };
    for (let call = 0; call < 100; call++) await giveUpAfter(50);
    assert.equal(teacher.state().breaker, 'closed');
    for (let call = 0; call < 30; call++) await giveUpAfter(100);

    assert.equal(teacher.state().breaker, 'open');
  });
});

describe('a hedge', () => {
  const settings = { hedge: { afterShare: 0.9, afterMsMin: 20 } };

  it('is a second attempt beside a slow first one, which is given up when it answers', async () => {
    const rig = resilientRig({ settings });
    const { teacher, inner, clock, heard } = rig;
    await saveUp(rig, 30);
    const gates = [createGate(), createGate()];
    let asked = 0;
    inner.onLabel = () => gates[asked++]!.promise;
    const call = watched(teacher.label(rows));
    await clock.pass(19);
    assert.equal(asked, 1);
    await clock.pass(1);
    assert.deepEqual([asked, heard], [2, ['hedge']]);
    gates[1]!.open();
    await clock.pass(0);

    assert.equal(call.value![0]!.label, 1);
    assert.deepEqual([teacher.state().inFlightCalls, clock.waiting], [0, 0]);
  });

  it('does not begin beside a large call because small ones are quick', async () => {
    const rig = resilientRig({ settings });
    const { teacher, inner, clock, heard } = rig;
    await saveUp(rig, 30);
    const gate = createGate();
    inner.onLabel = () => gate.promise;
    const call = watched(teacher.label(Array.from({ length: 64 }, () => sure())));
    await clock.pass(500);
    gate.open();
    await clock.pass(0);

    assert.equal(call.value!.length, 64);
    assert.deepEqual(heard, []);
  });

  it('does not begin where there is no money for it', async () => {
    const rig = resilientRig({ settings });
    const { teacher, inner, clock, heard } = rig;
    await saveUp(rig, 30);
    const gate = createGate();
    inner.onLabel = () => gate.promise;
    let payments = 0;
    const purse: Purse = {
      rowUsd: 0.01,
      pay: () => (payments++ === 0 ? { settle() {} } : null),
    };
    const call = watched(teacher.label(rows, undefined, { purse }));
    await clock.pass(500);
    gate.open();
    await clock.pass(0);

    assert.ok(call.value !== undefined);
    assert.deepEqual(heard, []);
  });
});

describe('money for attempts', () => {
  /** Tells what is paid, and for what bill. */
  function telling() {
    const told: unknown[] = [];
    const purse: Purse = {
      rowUsd: 0.01,
      pay(...asked) {
        told.push(['pay', ...asked]);
        return { settle: ({ rows, usd }) => void told.push(['settle', rows, usd]) };
      },
    };
    return { told, purse };
  }
  const paid = ['pay', 1, 0.01];

  it('is taken before each, and spent on what may be billed of it', async () => {
    const { told, purse } = telling();
    const failed = failing([down]);
    const refused = failing([new TeacherFailedError('Busy.', { status: 429 })]);
    for (const { teacher, clock } of [failed, refused]) {
      const call = watched(teacher.label(rows, undefined, { purse }));
      await clock.pass(1000);
      assert.ok(call.value !== undefined);
    }

    const well = [paid, ['settle', 1, 0.01]];
    assert.deepEqual(told, [paid, ['settle', 1, 0.01], ...well, paid, ['settle', 0, 0], ...well]);
  });

  it('is spent on nothing where the attempt is not made', async () => {
    const { told, purse } = telling();
    const rig = failing([down, down], {
      settings: { breaker: { callsMin: 1 }, retries: { attemptsMax: 1 } },
    });
    await assert.rejects(rig.teacher.label(rows), down);
    await assert.rejects(rig.teacher.label(rows, undefined, { purse }), {
      code: 'TEACHER_UNAVAILABLE',
    });

    assert.deepEqual(told, [paid, ['settle', 0, 0]]);
  });

  it('that is not there ends the call before it', async () => {
    const { teacher, inner } = resilientRig();
    const purse: Purse = { rowUsd: 0.01, pay: () => null };

    await assert.rejects(teacher.label(rows, undefined, { purse }), { code: 'OVERLOADED' });
    assert.deepEqual(inner.asked, []);
  });

  it('is asked for the rows alone that have no answer yet', async () => {
    const { told, purse } = telling();
    const { teacher, inner, clock } = resilientRig();
    let calls = 0;
    const asked: number[] = [];
    Object.assign(inner, {
      isMetered: true,
      label: async (
        some: readonly Input[],
        _: unknown,
        context: CallContext,
      ): Promise<readonly TeacherAnswer[]> => {
        asked.push(some.length);
        const answers = some.map((_row, row) => ({
          ...{ label: row, probabilities: null },
          costUsd: 0.004,
        }));
        const bills = some.map(() => context.meter!.open(1, 0.01));
        if (calls++ > 0) {
          bills.forEach((close) => close(0.004));
          return answers;
        }
        context.answered!(1, answers[1]!);
        bills[1]!(0.004);
        bills[2]!(null);
        throw down; // One is answered, one is lost on the way, one was refused.
      },
    });
    const heard: number[] = [];
    const call = watched(
      teacher.label([sure(1), sure(2), sure(3)], undefined, {
        purse,
        answered: (row) => void heard.push(row),
      }),
    );
    await clock.pass(1000);

    assert.deepEqual(
      [asked, heard],
      [
        [3, 2],
        [1, 0, 2],
      ],
    );
    assert.deepEqual(
      call.value!.map(({ label }) => label),
      [0, 1, 1],
    );
    assert.deepEqual(told, [
      ['pay', 3, 0.01],
      ['settle', 2, 0.014],
      ['pay', 2, 0.01],
      ['settle', 2, 0.008],
    ]);
  });
});
