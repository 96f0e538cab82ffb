import { ConflictError, InvalidInputError } from '../errors.js';
import type { PolicyJson, RunJson, StudentJson } from '../http/api-types.js';
import { createScheduler, type Scheduler } from '../schedule/scheduler.js';
import type { TaskService } from '../task/task-service.js';
import { describeTask } from './describe-task.js';
import { createSampleReader } from './sample-reader.js';
import { createTaskMachinery, type TaskMachinery, type TaskParts } from './task-machinery.js';

export interface ServedTask extends TaskService {
  /** Starts the triggers of distillation. */
  start(): void;
  /** Stops triggers and the run going on, labels what is owed a label, frees models. Idempotent. */
  close(): Promise<void>;
}

/** Opens one task with the student that the registry says serves, if there is one. */
export async function openServedTask(parts: TaskParts): Promise<ServedTask> {
  const machinery = await createTaskMachinery(parts);
  const { studentSwitch, runs, labeller, slot } = machinery;
  const serving = parts.registry.serving();
  if (serving !== null) await studentSwitch.change(serving.version, async () => {});

  let scheduler: Scheduler | null = null;
  async function drain(): Promise<void> {
    scheduler?.stop(); // 1. No new runs.
    await runs.stop(); // 2. The one going on is stopped; the student stays what it is.
    await labeller.drain(); // 3. Rows that are owed a label get it, and reach the log.
    await studentSwitch.settle(); // 4. Evidence under way is taken in.
    await slot.swap(null); // 5. Models last.
    await parts.teacher.close();
  }
  let closing: Promise<void> | undefined;

  return {
    ...createTaskService(parts, machinery),
    start: () => (scheduler = startTriggers(parts, machinery)),
    close: () => (closing ??= drain()),
  };
}

function createTaskService(parts: TaskParts, machinery: TaskMachinery): TaskService {
  const { spec, registry, runStore, teacher, teacherManifest } = parts;
  const { bus, slot, guarantee, studentSwitch, traffic, agreement, capture } = machinery;
  const hasSamples = parts.readSamples !== null;
  const studentOf = (version: string): StudentJson =>
    registry.list().find((student) => student.version === version)!;

  return {
    spec,
    predict: machinery.predict,
    async describe() {
      const described = { spec, teacher, teacherManifest, guarantee, traffic, hasSamples };
      return describeTask(described, {
        student: slot.peek(),
        studentCostPerRowUsd: machinery.studentCostPerRowUsd(),
        agreement: agreement.interval(),
        counts: await capture.count(spec.name),
        pendingRows: machinery.labeller.pending(),
      });
    },
    traffic: (minutes) => traffic.recent(minutes),
    samples: createSampleReader(parts.readSamples, spec.labels),
    students: async () => registry.list(),
    async promote(version) {
      await machinery.promote(version);
      return studentOf(version);
    },
    async rollback() {
      const previous = registry.list().find(({ state }) => state === 'previous');
      if (previous === undefined)
        throw new ConflictError('There is no previous version to roll back to.');
      const { version } = previous;
      await studentSwitch.change(version, async () => void (await registry.rollback()));
      bus.emit('studentChanged', version, 'rolled-back');
      return studentOf(version);
    },
    startDistillation: (trigger) => machinery.runs.start(trigger),
    runs: () => runStore.list(),
    run: (id) => runStore.get(id),
    followRun: (id, listener) => runStore.follow(id, listener),
    async updatePolicy(patch) {
      const policy = { ...guarantee.policy, ...patch };
      if (policy.holdoutRate > policy.coldHoldoutRate) {
        throw new InvalidInputError(
          `holdoutRate must not be above coldHoldoutRate, ${policy.coldHoldoutRate}.`,
          {
            field: 'holdoutRate',
            expected: `at most ${policy.coldHoldoutRate}`,
            got: policy.holdoutRate,
          },
        );
      }
      await parts.policyFile.write(policy);
      guarantee.setPolicy(policy);
      await studentSwitch.rebind();
      bus.emit('policyChanged', patch);
      const { riskMax, delta, holdoutRate, coldHoldoutRate, exploreRate } = policy;
      return { riskMax, delta, holdoutRate, coldHoldoutRate, exploreRate } satisfies PolicyJson;
    },
  };
}

/** Runs start by clock, by rows captured, and at once when drift withdraws the threshold. */
function startTriggers({ config, spec, log }: TaskParts, { bus, runs }: TaskMachinery): Scheduler {
  const startRun = (trigger: RunJson['trigger']): void => {
    runs.start(trigger).catch((err: unknown) => {
      if (err instanceof ConflictError) return; // One is going on: that is what was wanted.
      log.error('run-unstarted', { task: spec.name, trigger, err });
    });
  };
  const { schedule, everyRows } = config.distillation;
  const scheduler = createScheduler({ schedule, everyRows, startRun });
  bus.on('captured', (rows) => {
    for (const { isTrainable } of rows) if (isTrainable) scheduler.rowCaptured();
  });
  bus.on('runEnded', () => scheduler.runEnded());
  bus.on('guarantee', ({ kind }) => {
    if (kind === 'certificate-lost') scheduler.driftDetected();
  });
  return scheduler;
}
