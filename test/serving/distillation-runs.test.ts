import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, mock } from 'node:test';
import type { RunProgress } from '../../src/distillation/progress.js';
import type { RunResult } from '../../src/distillation/run-distillation.js';
import { ConflictError, DistillationFailedError } from '../../src/errors.js';
import type { EvaluationJson, RunJson } from '../../src/http/api-types.js';
import {
  createDistillationRuns,
  type DistillationRunsParts,
} from '../../src/serving/distillation-runs.js';
import { openRunStore } from '../../src/serving/run-store.js';
import { createTaskBus } from '../../src/serving/task-bus.js';
import { MemoryCapture } from '../fakes/memory-capture.js';
import { datasetReport } from '../support/api-values.js';
import { evaluationDetailsJson } from '../support/evaluated.js';
import { createGate } from '../support/gate.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const directory = temporaryDirectory();
const serving = 'v1-00000001';
const gate = { name: 'agreement', isPassed: true, reason: 'It is better.' };
const evaluation: EvaluationJson = {
  temperature: 1,
  agreement: { estimate: 0.9, low: 0.8, high: 0.95, rows: 100 },
  coverage: 0.7,
  goldenAccuracy: 0.9,
  goldenRows: 50,
  runMsP99: 0.1,
  incumbent: { version: serving, agreement: 0.8, coverage: 0.5, goldenAccuracy: 0.9 },
  gates: [gate],
};
const judged = (isAccepted: boolean, changes: Partial<EvaluationJson> = {}): RunResult => ({
  kind: 'judged',
  candidateDir: '/nowhere',
  evaluation: { ...evaluation, ...changes },
  details: evaluationDetailsJson(),
  curve: null,
  dataset: datasetReport,
  teacherCheck: null,
  isAccepted,
});

async function open(changes: Partial<DistillationRunsParts> = {}) {
  const dir = mkdtempSync(join(directory, 'runs-'));
  const bus = createTaskBus();
  const clock = { nowMs: 1_000 };
  const capture = new MemoryCapture(() => clock.nowMs);
  const store = await openRunStore(dir, clock.nowMs);
  const ended: RunJson[] = [];
  const untidy: unknown[] = [];
  const promoted: string[] = [];
  bus.on('runEnded', (run) => ended.push(run));
  let ids = 0;
  const runs = createDistillationRuns({
    bus,
    task: 'squares',
    store,
    capture,
    dir,
    owner: 'gateway-1',
    distil: async () => judged(true),
    register: async () => 'v2-00000002',
    promote: async (version) => void promoted.push(version),
    writePage: async () => {},
    serving: () => serving,
    onUntidy: (_run, error) => untidy.push(error),
    now: () => clock.nowMs,
    newId: () => `run-${ids++}`,
    ...changes,
  });
  const endOf = async (trigger: RunJson['trigger'] = 'api'): Promise<RunJson> => {
    const { id } = await runs.start(trigger);
    await until('the run has ended', () => ended.some((run) => run.id === id));
    return store.get(id);
  };
  return { dir, bus, clock, capture, store, runs, ended, untidy, promoted, endOf };
}

describe('a distillation run', () => {
  it('is there at once, running, and announced', async () => {
    const training = createGate<RunResult>();
    const { runs, bus, store } = await open({ distil: () => training.promise });
    const started: RunJson[] = [];
    bus.on('runStarted', (run) => started.push(run));

    const run = await runs.start('cli');

    assert.deepEqual(
      [run.id, run.trigger, run.state, run.stage, run.startedAtMs, run.endedAtMs],
      ['run-0', 'cli', 'running', 'snapshot', 1_000, null],
    );
    assert.deepEqual([started, store.list()], [[run], [run]]);
    training.open(judged(true));
  });

  it('that is accepted is promoted', async () => {
    const { endOf, promoted, ended } = await open();

    const run = await endOf();

    assert.deepEqual(
      [run.state, run.candidateVersion, run.share, run.reasons],
      ['promoted', 'v2-00000002', 1, []],
    );
    assert.deepEqual([run.evaluation, run.dataset], [evaluation, datasetReport]);
    assert.deepEqual(promoted, ['v2-00000002']);
    assert.deepEqual(ended, [run]);
  });

  it('that fails a gate is registered, not promoted, and says which gate', async () => {
    const gates = [gate, { name: 'size', isPassed: false, reason: 'It is too large.' }];
    const { endOf, promoted } = await open({ distil: async () => judged(false, { gates }) });

    const run = await endOf();

    assert.deepEqual(
      [run.state, run.candidateVersion, run.reasons],
      ['rejected', 'v2-00000002', ['It is too large.']],
    );
    assert.deepEqual(promoted, []);
  });

  it('whose teacher is worse than its student is rejected, and registers nothing', async () => {
    const teacherCheck = { name: 'teacher', isPassed: false, reason: 'The teacher is worse.' };
    const { endOf, promoted } = await open({
      distil: async () => ({ kind: 'teacher-worse', teacherCheck, dataset: datasetReport }),
      register: () => Promise.reject(new Error('not implemented')),
    });

    const run = await endOf();

    assert.deepEqual([run.state, run.reasons], ['rejected', ['The teacher is worse.']]);
    assert.deepEqual([run.teacherCheck, run.dataset], [teacherCheck, datasetReport]);
    assert.match(run.message, /^Stopped before training/);
    assert.deepEqual(promoted, []);
  });

  for (const kind of ['too-early', 'untrainable'] as const)
    it(`that is ${kind} says why, and what that means`, async () => {
      const told = { reasons: ['Only 3 rows.'], dataset: datasetReport };
      const { endOf, promoted } = await open({ distil: async () => ({ kind, ...told }) });

      const { state, message, reasons, dataset } = await endOf();

      assert.equal(state, kind === 'too-early' ? 'skipped' : kind);
      assert.match(message, kind === 'too-early' ? /^Nothing to do yet/ : /more rows do not/);
      assert.deepEqual([{ reasons, dataset }, promoted], [told, []]);
    });

  for (const [step, changes] of Object.entries({
    distil: { distil: () => Promise.reject(new DistillationFailedError('Out of memory.')) },
    register: { register: () => Promise.reject(new Error('Disk full.')) },
    promote: { promote: () => Promise.reject(new Error('It gives NaN.')) },
  } satisfies Record<string, Partial<DistillationRunsParts>>)) {
    it(`that cannot ${step} fails with the reason, and the next one may start`, async () => {
      const { endOf } = await open(changes);

      const run = await endOf();

      assert.equal(run.state, 'failed');
      assert.match(run.reasons[0]!, /Out of memory|Disk full|It gives NaN/);
      assert.match(run.message, /present student goes on/);
      assert.equal((await endOf()).id, 'run-1');
    });
  }

  it('does not promote over a student that was put in front meanwhile', async () => {
    const { endOf, promoted } = await open({ serving: () => 'v7-00000007' });

    const run = await endOf();

    assert.deepEqual([run.state, run.candidateVersion, promoted], ['rejected', 'v2-00000002', []]);
    assert.match(run.reasons[0]!, /v7-00000007 serves since; .* judged beside v1-00000001/);
  });

  it('promotes the first student of a task, judged beside none', async () => {
    const { endOf } = await open({
      distil: async () => judged(true, { incumbent: null }),
      serving: () => null,
    });

    assert.equal((await endOf()).state, 'promoted');
  });

  it('tells each step to its followers', async () => {
    const training = createGate<RunResult>();
    const begun = createGate<(step: RunProgress) => void>();
    const { runs, store } = await open({
      distil: ({ onProgress }) => {
        begun.open(onProgress);
        return training.promise;
      },
    });
    const { id } = await runs.start('api');
    const seen: string[] = [];
    store.follow(id, ({ state, stage, share, remainingMs }) =>
      seen.push(`${state} ${stage} ${share.toFixed(3)} ${remainingMs ?? 'unknown'}`),
    );
    const progress = await begun.promise;

    progress({ stage: 'train', share: 0.5, message: 'Half', remainingMs: 700 });
    training.open(judged(true));
    await until('the end', () => seen.length === 3);

    assert.deepEqual(seen, [
      'running snapshot 0.000 unknown',
      'running train 0.465 700', // 0.08 of the snapshot, and half of the training's 0.77.
      'promoted train 1.000 unknown',
    ]);
  });

  it('leaves no candidate behind, and the data sets of the newest five runs', async () => {
    const { endOf, dir, clock } = await open({
      distil: async ({ runDir }) => {
        for (const part of ['snapshot', 'candidate']) {
          mkdirSync(join(runDir, part));
          writeFileSync(join(runDir, part, 'manifest.json'), '{}');
        }
        return judged(true);
      },
    });
    for (let run = 0; run < 7; run++) {
      clock.nowMs++;
      await endOf();
    }

    const left = (part: string): number[] =>
      [0, 1, 2, 3, 4, 5, 6].filter((run) => existsSync(join(dir, `run-${run}`, part)));
    assert.deepEqual(left('candidate'), []);
    assert.deepEqual(left('snapshot'), [2, 3, 4, 5, 6]);
    assert.deepEqual(left('run.json'), [0, 1, 2, 3, 4, 5, 6]);
  });
});

describe('distillation runs of one task', () => {
  it('go one at a time, also when two are asked for at once', async () => {
    const training = createGate<RunResult>();
    const { runs, store } = await open({ distil: () => training.promise });

    const outcomes = await Promise.allSettled([runs.start('api'), runs.start('rows')]);
    const third = runs.start('schedule');

    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected'],
    );
    await assert.rejects(third, ConflictError);
    assert.equal(store.list().length, 1);
    training.open(judged(true));
  });

  it('may follow each other as soon as the end is told', async () => {
    const { runs, store, bus } = await open();
    const next = createGate<RunJson>();
    bus.on('runStarted', ({ id }) => {
      if (id !== 'run-0') return;
      store.follow(id, (run) => {
        if (run.state !== 'running') runs.start('api').then(next.open, next.fail);
      });
    });

    await runs.start('api');

    assert.equal((await next.promise).id, 'run-1');
  });

  it('do not start while another process has the lease, and say so', async () => {
    const { runs, capture, store, endOf } = await open();
    await capture.acquireLease('distil:squares', 'gateway-2', 60_000);

    await assert.rejects(runs.start('api'), (error: Error) => {
      assert.ok(error instanceof ConflictError);
      assert.match(error.message, /another process, or in one killed less than 60 s ago/);
      return true;
    });
    assert.deepEqual(store.list(), []);
    await capture.releaseLease('distil:squares', 'gateway-2');
    await endOf();
  });

  it('hold the lease while they go on, and give it back', async () => {
    mock.timers.enable({ apis: ['setInterval'] });
    try {
      const training = createGate<RunResult>();
      const { runs, capture, clock, ended } = await open({ distil: () => training.promise });
      const isFree = (): Promise<boolean> => capture.acquireLease('distil:squares', 'other', 1);
      await runs.start('api');

      clock.nowMs += 59_000;
      mock.timers.tick(20_000); // Time to renew it.
      clock.nowMs += 59_000;
      const before = await isFree();
      training.open(judged(true));
      await until('the run has ended', () => ended.length === 1);

      assert.deepEqual([before, await isFree()], [false, true]);
    } finally {
      mock.timers.reset();
    }
  });

  it('give the lease back when they cannot start', async () => {
    const { runs, capture, dir } = await open();
    writeFileSync(join(dir, 'run-0'), 'in the way of its directory');

    await assert.rejects(runs.start('api'));

    assert.equal(await capture.acquireLease('distil:squares', 'other', 1_000), true);
  });

  it('end well though the disk is full, and the gateway hears of it', async () => {
    const { endOf, untidy } = await open({
      distil: async ({ runDir }) => {
        rmSync(join(runDir, 'run.json'));
        mkdirSync(join(runDir, 'run.json')); // Nothing can take its place.
        return judged(true);
      },
    });

    const run = await endOf();

    assert.equal(run.state, 'promoted');
    assert.equal(untidy.length, 1);
    assert.equal((await endOf()).id, 'run-1');
  });
});

describe('cancelling', () => {
  it('ends the run named, which says so; the next one may start', async () => {
    const { runs, promoted } = await open({
      distil: async ({ signal }) => {
        await until('somebody stops it', () => signal.aborted);
        throw signal.reason;
      },
    });
    const { id } = await runs.start('cli');
    const { state, reasons } = await runs.cancel(id);
    await runs.start('cli');
    await runs.stop();
    assert.deepEqual([state, reasons], ['failed', ['The run was cancelled.']]);
    assert.deepEqual(promoted, []);
  });

  it('is refused for a run that has ended, or that is not there', async () => {
    const { runs, endOf } = await open();
    const { id } = await endOf();
    await assert.rejects(runs.cancel(id), /has ended already: promoted/);
    await assert.rejects(runs.cancel('run-9'), { code: 'NOT_FOUND' });
  });
});

describe('stopping', () => {
  it('ends the run going on, which fails with that reason, and waits for it', async () => {
    const isTraining = createGate();
    const { runs, store, promoted } = await open({
      distil: ({ signal }) =>
        new Promise((_, reject) => {
          isTraining.open();
          signal.addEventListener('abort', () =>
            reject(new DistillationFailedError('The run was stopped.')),
          );
        }),
    });
    const { id } = await runs.start('api');
    await isTraining.promise;

    await runs.stop();

    assert.equal(store.get(id).state, 'failed');
    assert.deepEqual(store.get(id).reasons, ['The run was stopped.']);
    assert.deepEqual(promoted, []);
  });

  it('ends a run that is just starting', async () => {
    const { runs, store } = await open({
      distil: async ({ signal }) => {
        if (signal.aborted) throw new DistillationFailedError('The run was stopped.');
        return judged(true);
      },
    });

    const starting = runs.start('api');
    await runs.stop();

    assert.equal(store.get((await starting).id).state, 'failed');
  });

  it('lets no run start any more', async () => {
    const { runs, store } = await open();

    await runs.stop();

    await assert.rejects(runs.start('drift'), ConflictError);
    assert.deepEqual(store.list(), []);
  });
});
