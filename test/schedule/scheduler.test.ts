import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { InvalidConfigError } from '../../src/errors.js';
import { createScheduler, type SchedulerOptions } from '../../src/schedule/scheduler.js';
import { createUntaughtRows } from '../../src/schedule/untaught-rows.js';

function open(changes: Partial<SchedulerOptions> = {}) {
  const started: string[] = [];
  const scheduler = createScheduler({
    schedule: null,
    everyRows: null,
    growth: null,
    rowsMin: 200,
    rowsBefore: 0,
    startRun: (trigger) => started.push(trigger),
    ...changes,
  });
  const rows = (count: number): void => {
    for (let row = 0; row < count; row++) scheduler.rowCaptured();
  };
  return { scheduler, started, rows };
}

describe('the schedule of runs', () => {
  it('starts a run whenever its cron expression says so, in UTC', () => {
    mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.UTC(2026, 0, 1, 2, 59, 30) });
    try {
      const { scheduler, started } = open({ schedule: '0 3 * * *' });

      mock.timers.tick(29_000);
      const before = [...started];
      mock.timers.tick(2_000);
      const atThree = [...started];
      // A timer that waits for a day wakes now and then to look at the clock.
      for (let hour = 0; hour < 24; hour++) mock.timers.tick(3_600_000);
      scheduler.stop();

      assert.deepEqual([before, atThree], [[], ['schedule']]);
      assert.deepEqual(started, ['schedule', 'schedule']);
    } finally {
      mock.timers.reset();
    }
  });

  it('refuses what is not cron', () => {
    assert.throws(() => open({ schedule: 'every night' }), InvalidConfigError);
  });

  it('starts a run after so many rows, and again after as many more', () => {
    const { started, rows } = open({ everyRows: 100 });

    rows(99);
    const before = [...started];
    rows(1);
    const atHundred = [...started];
    rows(100);

    assert.deepEqual([before, atHundred, started], [[], ['rows'], ['rows', 'rows']]);
  });

  it('counts rows from the start of the last run, whoever asked for it', () => {
    const { scheduler, started, rows } = open({ everyRows: 100 });
    rows(99);
    scheduler.runStarted();
    scheduler.runEnded({ trigger: 'api', state: 'promoted' });

    rows(99);
    const before = [...started];
    rows(1);

    assert.deepEqual([before, started], [[], ['rows']]);
  });

  it('counts on over a compression, which reads no rows, and starts nothing beside it', () => {
    const { scheduler, started, rows } = open({ everyRows: 100 });
    rows(60);
    scheduler.runStarted({ compresses: 'v1-00000001' });
    rows(60);
    const during = [...started];

    scheduler.runEnded({ trigger: 'cli', state: 'promoted', compresses: 'v1-00000001' });

    assert.deepEqual([during, started], [[], ['rows']]);
  });

  it('does not forget rows that came during a run, which has not read them', () => {
    const { scheduler, started, rows } = open({ everyRows: 100 });
    scheduler.runStarted();
    rows(250);
    const during = [...started];

    scheduler.runEnded({ trigger: 'api', state: 'promoted' });

    assert.deepEqual([during, started], [[], ['rows']]);
  });

  it('starts a first run as soon as there are rows enough, then whenever they have grown', () => {
    const { scheduler, started, rows } = open({ growth: 0.25 });
    const startsAfter = (count: number): number => {
      rows(count - 1);
      const before = started.length;
      rows(1);
      const after = started.length - before;
      scheduler.runStarted();
      scheduler.runEnded({ trigger: 'rows', state: 'promoted' });
      return before * 10 + after;
    };

    // 200, then a quarter more each time: 250, and 313 (62.5 rows are 63).
    assert.deepEqual([startsAfter(200), startsAfter(50), startsAfter(63)], [1, 11, 21]);
  });

  it('counts the rows that are there already when it is to start by growth', () => {
    const { started, rows } = open({ growth: 0.25, rowsBefore: 1_000 });

    rows(249);
    const before = [...started];
    rows(1);

    assert.deepEqual([before, started], [[], ['rows']]);
  });

  it('asks again by growth, not with every row, when a run was refused', () => {
    const { started, rows } = open({ growth: 0.25 });

    rows(249);
    const before = [...started];
    rows(1);

    assert.deepEqual([before, started], [['rows'], ['rows', 'rows']]);
  });

  it('never starts a run by rows where that is not asked for', () => {
    const { started, rows } = open();
    rows(100_000);
    assert.deepEqual(started, []);
  });

  it('starts nothing any more once it is stopped', () => {
    const { scheduler, started, rows } = open({ everyRows: 1 });

    scheduler.stop();
    rows(5);
    scheduler.heard('certificate-lost');

    assert.deepEqual(started, []);
  });
});

describe('changed inputs', () => {
  for (const [rowsBefore, first, next] of [
    [0, 50, 50],
    [10_000, 200, 1_020],
  ] as const)
    it(`start runs after ${first} and ${next} rows beside ${rowsBefore}, until they settle`, () => {
      const { scheduler, started, rows } = open({ rowsBefore });
      scheduler.heard('inputs-drifted');
      rows(first - 1);
      const before = [...started];
      rows(1);
      scheduler.runStarted();
      scheduler.runEnded({ trigger: 'drift', state: 'promoted' });
      rows(next - 1);
      const between = [...started];
      scheduler.heard('certificate-won'); // Of that student, on rows of both worlds.
      rows(1);
      scheduler.heard('inputs-settled');
      rows(5_000);
      assert.deepEqual([before, between, started], [[], ['drift'], ['drift', 'drift']]);
    });

  it('start one at once where the rows are there, and after a restart', () => {
    const { scheduler, started, rows } = open();
    rows(60);
    scheduler.heard('inputs-drifted');
    const again = open({ haveInputsDrifted: true });
    again.rows(50);
    assert.deepEqual([started, again.started], [['drift'], ['drift']]);
  });
});

describe('a drift alarm', () => {
  it('starts a run at once', () => {
    const { scheduler, started } = open();
    scheduler.heard('certificate-lost');
    assert.deepEqual(started, ['drift']);
  });

  it('is not forgotten when its run is skipped for want of rows: it is tried again', () => {
    const { scheduler, started, rows } = open();
    scheduler.heard('certificate-lost');
    scheduler.runEnded({ trigger: 'drift', state: 'skipped' });

    rows(199);
    const before = [...started];
    rows(1);
    scheduler.runEnded({ trigger: 'drift', state: 'skipped' });
    rows(200);

    assert.deepEqual([before, started], [['drift'], ['drift', 'drift', 'drift']]);
  });

  it('is not forgotten by a gateway that was stopped before its run', () => {
    const { started, rows } = open({ isAlarmOn: true });

    rows(199);
    const before = [...started];
    rows(1);

    assert.deepEqual([before, started], [[], ['drift']]);
  });

  it('is not forgotten when another run was going on that knew nothing of it', () => {
    const { scheduler, started, rows } = open();
    scheduler.heard('certificate-lost'); // Refused: the lease is held.
    scheduler.runEnded({ trigger: 'schedule', state: 'promoted' });

    rows(200);

    assert.deepEqual(started, ['drift', 'drift']);
  });

  it('asks at once again after a run that failed, and has 200 rows more', () => {
    const { scheduler, started, rows } = open({ rowsBefore: 10_000 });
    scheduler.heard('certificate-lost');
    scheduler.runEnded({ trigger: 'drift', state: 'failed' });

    rows(200);

    assert.deepEqual(started, ['drift', 'drift']);
  });

  for (const state of ['promoted', 'rejected', 'untrainable']) {
    it(`asks again after a run that was ${state} once the rows have grown by a quarter`, () => {
      const { scheduler, started, rows } = open({ rowsBefore: 2_000 });
      scheduler.heard('certificate-lost');
      scheduler.runEnded({ trigger: 'drift', state });

      rows(499);
      const before = [...started];
      rows(1);

      assert.deepEqual([before, started], [['drift'], ['drift', 'drift']]);
    });
  }

  it('asks for nothing more when it is over', () => {
    const { scheduler, started, rows } = open();
    scheduler.heard('certificate-lost');
    scheduler.runEnded({ trigger: 'drift', state: 'skipped' });
    scheduler.heard('certificate-won');

    rows(1_000);

    assert.deepEqual(started, ['drift']);
  });
});

describe('rows that a run could learn from', () => {
  const row = (input: number, teacherLabel = 0) => ({
    inputHash: input.toString(16).padStart(64, '0').split('').reverse().join(''),
    teacherLabel,
  });

  it('are no repeats, unless these have another label', () => {
    const isNew = createUntaughtRows();

    const told = [row(1), row(2), row(1), row(1, 1), row(1, 1), row(1), row(2)].map(isNew);

    assert.deepEqual(told, [true, true, false, true, false, true, false]);
  });

  it('are told from the latest inputs alone', () => {
    const isNew = createUntaughtRows(2);

    assert.deepEqual([row(1), row(2), row(1), row(3), row(1), row(2)].map(isNew), [
      true,
      true,
      false,
      true,
      false,
      true,
    ]);
  });
});
