import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, mock } from 'node:test';
import type { RunResult } from '../../src/distillation/run-distillation.js';
import { DistillationFailedError } from '../../src/errors.js';
import type { RunJson } from '../../src/http/api-types.js';
import { createDistillationRuns } from '../../src/serving/distillation-runs.js';
import type { DistilOptions } from '../../src/serving/run-end.js';
import { holdRunLease } from '../../src/serving/run-lease.js';
import { openRunStore } from '../../src/serving/run-store.js';
import { createTaskBus } from '../../src/serving/task-bus.js';
import { MemoryCapture } from '../fakes/memory-capture.js';
import { datasetReport } from '../support/api-values.js';
import { evaluationDetailsJson } from '../support/evaluated.js';
import { createGate } from '../support/gate.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const directory = temporaryDirectory();
const lease = 'distil:squares';
const judged: RunResult = {
  kind: 'judged',
  candidateDir: '/nowhere',
  evaluation: {
    temperature: 1,
    agreement: { estimate: 0.9, low: 0.8, high: 0.95, rows: 100 },
    coverage: 0.7,
    goldenAccuracy: 0.9,
    goldenRows: 0,
    runMsP99: 0.1,
    incumbent: null,
    gates: [],
  },
  details: evaluationDetailsJson(),
  curve: null,
  dataset: datasetReport,
  teacherCheck: null,
  isAccepted: true,
};

async function withTimers(work: () => Promise<void>): Promise<void> {
  mock.timers.enable({ apis: ['setInterval'] });
  try {
    await work();
  } finally {
    mock.timers.reset();
  }
}

/** A run that has begun, in a process that then stands still while another one takes the lease. */
async function overtaken(distil: (options: DistilOptions) => Promise<RunResult>) {
  const clock = { nowMs: 1_000 };
  const capture = new MemoryCapture(() => clock.nowMs);
  const dir = mkdtempSync(join(directory, 'runs-'));
  const bus = createTaskBus();
  const ended: RunJson[] = [];
  bus.on('runEnded', (run) => ended.push(run));
  const runs = createDistillationRuns({
    ...{ bus, task: 'squares', store: await openRunStore(dir, 0), capture, dir, distil },
    owner: 'gateway-1',
    register: () => assert.fail('It was registered.'),
    promote: () => assert.fail('It was promoted.'),
    writePage: async () => {},
    serving: () => null,
    onUntidy: (_run, error) => assert.fail(String(error)),
    now: () => clock.nowMs,
    newId: () => 'run-0',
  });
  await runs.start('api');
  clock.nowMs += 61_000;
  assert.equal(await capture.acquireLease(lease, 'gateway-2', 60_000), true);
  const end = async (): Promise<RunJson> => {
    await until('the run has ended', () => ended.length === 1);
    return ended[0]!;
  };
  return { capture, end };
}

const reason =
  'Stopped: another process has taken the lease of the runs of squares, ' +
  'for this process did not renew it for 60 s or more.';

describe('a run whose lease another process has taken', () => {
  it('stops at the next renewal, says why, and leaves the lease to the other one', () =>
    withTimers(async () => {
      const isTraining = createGate();
      const { capture, end } = await overtaken(
        ({ signal }) =>
          new Promise((_, reject) => {
            isTraining.open();
            signal.addEventListener('abort', () =>
              reject(new DistillationFailedError('The run was stopped.')),
            );
          }),
      );

      await isTraining.promise;
      mock.timers.tick(20_000);

      const { state, reasons } = await end();
      assert.equal(state, 'failed');
      assert.deepEqual(reasons, [reason]);
      assert.equal(await capture.acquireLease(lease, 'gateway-3', 1), false);
    }));

  it('puts no student in front, though it ends before the next renewal', () =>
    withTimers(async () => {
      const training = createGate<RunResult>();
      const { end } = await overtaken(() => training.promise);

      training.open(judged);

      const { state, reasons } = await end();
      assert.equal(state, 'failed');
      assert.deepEqual(reasons, [reason]);
    }));
});

describe('the lease of a run', () => {
  it('is told once to be lost, and not at all while the log does not answer', () =>
    withTimers(async () => {
      let answer: () => Promise<boolean> = async () => true;
      let asked = 0;
      const capture = {
        acquireLease: () => {
          asked++;
          return answer();
        },
        releaseLease: async () => {},
      };
      let lost = 0;
      const giveBack = await holdRunLease({
        ...{ capture, task: 'squares', owner: 'me' },
        onLost: () => lost++,
      });
      const renew = async (how: () => Promise<boolean>): Promise<void> => {
        answer = how;
        mock.timers.tick(20_000);
        await new Promise(setImmediate);
      };

      await renew(async () => true);
      await renew(() => Promise.reject(new Error('The log is away.')));
      assert.deepEqual([asked, lost], [3, 0]);
      await renew(async () => false);
      await renew(async () => false);

      assert.deepEqual([asked, lost], [4, 1]);
      await giveBack!();
    }));
});
