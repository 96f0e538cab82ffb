import { validationShare } from '../distillation/build-dataset.js';
import { ConflictError } from '../errors.js';
import { createTurns } from '../files/in-turn.js';
import type { RunJson, StudentJson } from '../http/api-types.js';
import type { TradeoffJson } from '../http/api-types-tradeoff.js';
import { findVersion } from '../registry/find-version.js';
import { createScheduler, type Scheduler } from '../schedule/scheduler.js';
import { createUntaughtRows } from '../schedule/untaught-rows.js';
import { exportRows } from '../transfer/export-rows.js';
import type { TaskService } from '../task/task-service.js';
import { describeTask } from './describe-task.js';
import { eraseSubject, type EraseParts } from './erase-subject.js';
import { startRetention } from './retention.js';
import { readReview } from './read-review.js';
import { readRows } from './read-rows.js';
import { readRunPage } from './read-run-page.js';
import { refusalOf } from './refusal-of-student.js';
import { createSampleReader } from './sample-reader.js';
import type { WorkerSupport } from './worker-support.js';
import { tradeoffOf } from './tradeoff.js';
import { createTaskMachinery, type TaskMachinery } from './task-machinery.js';
import { recentInputs } from './open-everywhere.js';
import { studentFile } from './student-file.js';
import { pruneStudents } from './prune-students.js';
import { takeIn } from './take-in.js';
import { studentSettingsOf, type TaskParts } from './task-parts.js';
import { rollBackBy, watchTaskProbation } from './task-probation.js';
import { createPolicyUpdate } from './update-policy.js';

export interface ServedTask extends TaskService {
  /** For processes that answer predictions of this task beside this one. */
  readonly support: WorkerSupport;
  /** Starts the triggers of distillation. */
  start(): void;
  /** Stops triggers and the run going on, labels what is owed a label, frees models. Idempotent. */
  close(): Promise<void>;
}

/** Opens one task with the student that the registry says serves, if there is one. */
export async function openServedTask(parts: TaskParts): Promise<ServedTask> {
  const machinery = await createTaskMachinery(parts);
  const { bus, studentSwitch, runs, labeller, slot, guarantee } = machinery;
  const probation = watchTaskProbation(parts, machinery);
  const serving = parts.registry.serving();
  if (serving !== null) {
    await studentSwitch.change(
      () => serving.version,
      async () => {},
    );
  }
  await replayHoldout(parts, machinery);

  const { trainableRows } = await parts.capture.count(parts.spec.name);
  const trainingRows = trainableRows + parts.seedInputs.length;
  let scheduler: Scheduler | null = null;
  let stopRetention: (() => Promise<void>) | null = null;
  async function drain(): Promise<void> {
    scheduler?.stop(); // 1. No new runs.
    await stopRetention?.();
    await runs.stop(); // 2. The one going on is stopped; the student stays what it is.
    await machinery.teacherWatch.checker.stop(); // Nobody waits for what it would say.
    await labeller.drain(); // 3. Rows that are owed a label get it, and reach the log.
    await probation.settle();
    await studentSwitch.settle(); // 4. Evidence under way is taken in, and what came of it kept.
    await parts.guaranteeFile.settle();
    await machinery.budget.close(); // What it might still have spent is free again.
    await parts.timelineFile.settle();
    await slot.swap(null); // 5. Models last.
    for (const { teacher } of parts.teachers) await teacher.close();
  }
  let closing: Promise<void> | undefined;

  return {
    ...createTaskService(parts, machinery),
    support: machinery.support,
    start() {
      scheduler = startTriggers(parts, machinery, trainingRows);
      stopRetention = retain(parts);
      const student = slot.peek()?.version ?? null;
      bus.emit('gatewayStarted', { student, threshold: guarantee.threshold });
    },
    close: () => (closing ??= drain()),
  };
}

/** Newest holdout rows that a restart reads: the agreement and the labels begin with those. */
const replayRowsMax = 5_000;

/** What the log knows of the present student's answers, and of the teacher's, is known again. */
async function replayHoldout(
  { spec, teacher, capture }: TaskParts,
  { agreement, guarantee, labelMix, slot }: TaskMachinery,
): Promise<void> {
  const { evidenceAfterMs } = guarantee;
  const newestFirst = await capture.readHoldout({
    task: spec.name,
    teacherVersion: teacher.version,
    rowsMax: replayRowsMax,
    createdAfterMs: Math.min(evidenceAfterMs, labelMix.sinceMs()),
  });
  labelMix.replay(newestFirst);
  if (slot.peek() === null) return;
  agreement.replay(newestFirst.filter((row) => row.createdMs > evidenceAfterMs).reverse());
}

function createTaskService(parts: TaskParts, machinery: TaskMachinery): TaskService {
  const { spec, registry, runStore } = parts;
  const { bus, slot, studentSwitch, traffic } = machinery;
  const studentOf = (version: string): StudentJson =>
    registry.list().find((student) => student.version === version)!;
  const versionOf = (typed: string): string =>
    findVersion(
      registry.list().map(({ version }) => version),
      typed,
    );
  const updatePolicy = createPolicyUpdate(parts, machinery);
  const addStudent = createAddStudent(parts);

  return {
    spec,
    predict: machinery.predict,
    feedback: machinery.feedback,
    exportRows: (format) => exportRows({ spec, capture: parts.capture, format }),
    eraseSubject: (subject) => eraseSubject(erasingOf(parts, machinery), subject),
    review: (rowsMax) => readReview(parts, rowsMax),
    rows: (request) => readRows(parts, request),
    refusal: () => refusalOf(slot, bus),
    describe: createDescribe(parts, machinery),
    tradeoff: () => readTradeoff(parts, machinery),
    traffic: (minutes) => traffic.recent(minutes),
    timeline: (limit) => machinery.timeline.newest(limit),
    samples: createSampleReader(parts.readSamples, spec),
    students: async () => registry.list(),
    studentFile: (version, file) => studentFile(registry, { version, file }),
    async addStudent(name) {
      const version = await addStudent(name);
      bus.emit('studentChanged', version, 'added');
      return studentOf(version);
    },
    async promote(typed) {
      const version = versionOf(typed);
      await machinery.promote(version);
      return studentOf(version);
    },
    async rollback() {
      return studentOf(await rollBackBy(studentSwitch, { registry, bus }));
    },
    startDistillation: (trigger) => machinery.runs.start(trigger),
    async startCompression(version, trigger) {
      const compressed = version === null ? servingOf(registry.serving()) : versionOf(version);
      return machinery.runs.start(trigger, { compressed });
    },
    cancelRun: (id) => machinery.runs.cancel(id),
    runs: () => runStore.list(),
    run: (id) => runStore.get(id),
    evaluationFile: (of, file) => readRunPage(parts, of, file),
    followRun: (id, listener) => runStore.follow(id, listener),
    updatePolicy,
  };
}

const erasingOf = (
  { spec, capture, followers, runsDir, registry, newId }: TaskParts,
  { erased, recent, labeller }: TaskMachinery,
): EraseParts => ({
  ...{ task: spec.name, capture, erased, followers, runsDir, recent, labeller, newId },
  students: () => registry.list(),
});

/** Null where rows are kept for ever. */
function retain({ spec, config, capture, runsDir, runStore, now, log }: TaskParts) {
  const { retentionDays } = config.privacy;
  if (retentionDays === null) return null;
  return startRetention({
    ...{ task: spec.name, retentionDays, capture, runsDir, now },
    runs: () => runStore.list(),
    onFailed: (err) => log.error('retention-failed', { task: spec.name, err }),
  });
}

function readTradeoff(
  { teacher }: TaskParts,
  { slot, guarantee, promise, studentCostPerRowUsd, teacherWatch }: TaskMachinery,
): TradeoffJson {
  const student = slot.peek();
  return tradeoffOf({
    student,
    guarantee,
    // In mode `student` it answers whatever its confidence.
    thresholdInForce: guarantee.policy.mode === 'student' ? 0 : promise.threshold,
    labelThresholdsInForce: promise.labelThresholds,
    riskFloor: teacherWatch.selfAgreement.riskFloor(),
    teacherCostPerRowUsd: teacher.costPerRowUsd,
    studentCostPerRowUsd: student && studentCostPerRowUsd(student),
  });
}

function createDescribe(parts: TaskParts, machinery: TaskMachinery): TaskService['describe'] {
  const { spec, teacher, teacherModel, teachers, providers } = parts;
  const { guarantee, budget, promise, traffic, pace, slot } = machinery;
  const { selfAgreement } = machinery.teacherWatch;
  const described = {
    ...{ spec, teacher, teacherModel, teachers, providers, hasSamples: parts.readSamples !== null },
    ...{ guarantee, budget, promise, traffic, pace, selfAgreement },
  };
  return async () => {
    const counts = await parts.capture.count(spec.name); // The rest is of one moment.
    return describeTask(described, {
      student: slot.peek(),
      studentCostPerRowUsd: machinery.studentCostPerRowUsd,
      agreement: machinery.agreement.interval(),
      counts,
      pendingRows: machinery.labeller.pending(),
    });
  };
}

function servingOf(serving: StudentJson | null): string {
  if (serving !== null) return serving.version;
  const message = 'No student serves yet: name the version to make a smaller one of.';
  throw new ConflictError(message, {}, { isRetryable: false });
}

/**
 * Bundles are taken in one after the other: each is loaded for it, and two of one name would clear
 * each other away.
 */
function createAddStudent(parts: TaskParts): (name: string) => Promise<string> {
  const { inTurn } = createTurns();
  const taking = {
    incomingDir: parts.incomingDir,
    registry: parts.registry,
    spec: parts.spec,
    goldenInputs: parts.goldenRows.map(({ input }) => input),
    studentSettings: studentSettingsOf(parts),
    modelThreads: parts.modelThreads,
    recentInputs: () => recentInputs(parts),
  };
  return (name) =>
    inTurn(async () => {
      const version = await takeIn(name, taking);
      await pruneStudents(parts);
      return version;
    });
}

/** Runs start by clock, by rows captured, and at once when the promise or the inputs drift. */
function startTriggers(
  { config, spec, log }: TaskParts,
  { bus, runs, guarantee }: TaskMachinery,
  rowsBefore: number,
): Scheduler {
  const startRun = (trigger: RunJson['trigger']): void => {
    runs.start(trigger).catch((err: unknown) => {
      if (err instanceof ConflictError) return; // One is going on: that is what was wanted.
      log.error('run-unstarted', { task: spec.name, trigger, err });
    });
  };
  const { schedule, everyRows, growth, trainingRowsMin } = config.distillation;
  const rowsMin = Math.ceil(trainingRowsMin / (1 - validationShare));
  const limits = { schedule, everyRows, growth, rowsMin };
  const isAlarmOn = guarantee.driftAlarm !== null;
  const haveInputsDrifted = guarantee.inputDrift !== null;
  const before = { rowsBefore, isAlarmOn, haveInputsDrifted };
  const scheduler = createScheduler({ ...limits, ...before, startRun });
  const isNew = createUntaughtRows();
  bus.on('captured', (rows) => {
    for (const row of rows) if (row.isTrainable && isNew(row)) scheduler.rowCaptured();
  });
  bus.on('runStarted', (run) => scheduler.runStarted(run));
  bus.on('runEnded', (run) => scheduler.runEnded(run));
  bus.on('guarantee', ({ kind }) => scheduler.heard(kind));
  return scheduler;
}
