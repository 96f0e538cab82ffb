import { createPredict, type Predict } from '../predict.js';
import type { Registry } from '../registry/registry.js';
import type { OnnxStudent } from '../student/onnx-student.js';
import { createSlot, type Slot } from '../student/student-slot.js';
import type { Teacher } from '../teacher/teacher.js';
import type { DistillationRuns } from './distillation-runs.js';
import { createErasedSubjects, type ErasedSubjects } from './erased-subjects.js';
import { createDrawRow } from './draw-row.js';
import type { Guarantee } from './guarantee.js';
import type { PromiseView } from './promise-view.js';
import { shownCertificate } from './shown-certificate.js';
import { shownInputDrift } from './shown-input-drift.js';
import type { TeacherBudget } from './teacher-budget.js';
import { openPromise } from './open-promise.js';
import { createHoldoutLabeller, type HoldoutLabeller } from './holdout-labeller.js';
import { createAnsweringTeacher } from './answering-teacher.js';
import { createFeedbackIntake, type FeedbackIntake } from './feedback-intake.js';
import { createRecentAnswers, type RecentAnswers } from './recent-answers.js';
import { observeTeacher } from './observed-teacher.js';
import { createShownAgreement, type ShownAgreement } from './shown-agreement.js';
import { createStudentSwitch, type StudentSwitch } from './student-switch.js';
import { createAnswerCache, type AnswerCache } from './answer-cache.js';
import { askTeacher, type Escalate } from './ask-teacher.js';
import { followEscalations } from './followed-escalations.js';
import { watchLabelMix, type LabelMixWatch } from './label-mix-watch.js';
import { studentPriceOf } from './student-price.js';
import { measureStudent } from './student-metrics.js';
import { createTaskBus, type TaskBus } from './task-bus.js';
import { logTask } from './task-log.js';
import { measureTask } from './task-metrics.js';
import { studentSettingsOf, type TaskParts } from './task-parts.js';
import { createTaskRuns } from './task-runs.js';
import { createTimeline, type Timeline } from './timeline.js';
import { createHoldoutPace, type HoldoutPace } from './holdout-pace.js';
import { watchTeacher, type TeacherWatch } from './watch-teacher.js';
import { createTrafficLog, type TrafficLog } from './traffic-log.js';
import { tallyOf } from './traffic-tally.js';
import { createWorkerSupport, type WorkerSupport } from './worker-support.js';

/** The moving parts of one task, wired: what happens goes over the bus to all who must know. */
export interface TaskMachinery {
  readonly bus: TaskBus;
  readonly slot: Slot<OnnxStudent>;
  readonly guarantee: Guarantee;
  readonly budget: TeacherBudget;
  readonly promise: PromiseView;
  readonly studentSwitch: StudentSwitch;
  readonly labeller: HoldoutLabeller;
  readonly runs: DistillationRuns;
  readonly traffic: TrafficLog;
  readonly agreement: ShownAgreement;
  readonly labelMix: LabelMixWatch;
  readonly timeline: Timeline;
  readonly teacherWatch: TeacherWatch;
  readonly pace: HoldoutPace;
  readonly predict: Predict;
  /** Answers of this process that the log has no row of. */
  readonly recent: RecentAnswers;
  readonly feedback: FeedbackIntake;
  readonly erased: ErasedSubjects;
  /** US dollars: the machine's price over the student's measured run time. */
  readonly studentCostPerRowUsd: (student: OnnxStudent) => number;
  /** Puts a version in front, on disk first, and announces it. */
  readonly promote: (version: string) => Promise<void>;
  readonly support: WorkerSupport;
}

export async function createTaskMachinery(given: TaskParts): Promise<TaskMachinery> {
  const erased = createErasedSubjects(given.capture, given.now);
  const parts = { ...given, capture: erased.capture };
  const { spec, teacher, registry, capture, now } = parts;
  const bus = createTaskBus();
  const slot = createSlot<OnnxStudent>();
  const listening = listen(parts, bus);
  const { guarantee, budget, promise } = await openPromise(parts, { bus, slot });
  const agreement = createShownAgreement(bus, { slot, guarantee });
  const studentSwitch = createStudentSwitch({
    bus,
    spec,
    registry,
    slot,
    guarantee,
    promise,
    capture,
    teacher,
    goldenInputs: parts.goldenRows.map(({ input }) => input),
    studentSettings: studentSettingsOf(parts),
    modelThreads: parts.modelThreads,
    followers: parts.followers,
    onEvidenceLost: (rows, err) => parts.log.error('evidence-lost', { task: spec.name, rows, err }),
  });
  const { answering, labelling, reasking, graded } = observed(parts);
  const teacherWatch = await watchTeacher(parts, { bus, guarantee, budget, teacher: reasking });
  const pace = createHoldoutPace(bus, now);
  const labeller = createHoldoutLabeller({ ...parts, teacher: labelling, bus, budget });
  const studentCostPerRowUsd = studentPriceOf(parts.config.machineCostPerHourUsd);
  const known = createKnownAnswers(parts, bus);
  const recent = createRecentAnswers(parts.config.serving.recentBytesMax);
  const asking = { ...parts, teacher: answering, promise, bus, budget, labeller };
  const { escalate, oldestMs } = followEscalations((...[drafts, context]: Parameters<Escalate>) =>
    askTeacher(asking, drafts, context),
  );
  const labelMix = watchLabels(parts, { bus, guarantee, labeller, oldestMs });
  const predict = createPredict({
    spec,
    slot,
    teacherName: teacher.name,
    escalate,
    promise,
    known,
    recent,
    labeller,
    bus,
    drawRow: createDrawRow(parts.holdoutKey, parts.seedHashes),
    studentCostPerRowUsd,
    now,
    newId: parts.newId,
  });
  const promote = promoteBy(studentSwitch, { registry, bus });
  const runs = createTaskRuns(parts, {
    ...{ bus, guarantee, promote, budget },
    teacher: graded,
    teacherChangedMs: () => teacherWatch.selfAgreement.changedAtMs() ?? 0,
  });
  const wired = {
    ...{ bus, slot, guarantee, budget, promise, studentSwitch, labeller, runs, predict },
    ...{ ...listening, agreement, labelMix, teacherWatch, pace },
  };
  measure(parts, { ...wired, known });
  const support = createWorkerSupport(parts, { ...wired, escalate });
  const feedback = createFeedbackIntake({
    ...{ spec, capture, erased, now },
    recall: async (id) => recent.find(id) ?? parts.followers.recall(id),
  });
  return { ...wired, erased, recent, feedback, studentCostPerRowUsd, promote, support };
}

const promoteBy =
  (studentSwitch: StudentSwitch, { registry, bus }: { registry: Registry; bus: TaskBus }) =>
  async (version: string): Promise<void> => {
    await studentSwitch.change(
      () => version,
      async () => void (await registry.promote(version)),
      () => bus.emit('studentChanged', version, 'promoted'),
    );
  };

/** Who has a holdout row without a label: a caller who waits for the teacher, or the labeller. */
function watchLabels(
  { spec, now }: TaskParts,
  wired: Pick<TaskMachinery, 'bus' | 'guarantee' | 'labeller'> & {
    readonly oldestMs: () => number | null;
  },
): LabelMixWatch {
  const { bus, guarantee, labeller, oldestMs } = wired;
  return watchLabelMix(bus, {
    ...{ labels: spec.labels, guarantee, now },
    oldestPendingMs: () => earlierOf(oldestMs(), labeller.oldestPendingMs()),
  });
}

const earlierOf = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? (a ?? b) : Math.min(a, b);

/** What keeps the story of the task, in log, charts and timeline. */
function listen(parts: TaskParts, bus: TaskBus) {
  const { spec, teacher, log, now } = parts;
  const task = spec.name;
  logTask(bus, { log, task, now });
  bus.on('answered', (answers) => void bus.emit('tallied', tallyOf(answers, now())));
  return {
    traffic: createTrafficLog(bus, { teacherCostPerRowUsd: teacher.costPerRowUsd, now }),
    timeline: createTimeline(bus, {
      file: parts.timelineFile,
      now,
      onLost: (err) => log.warn('timeline-unsaved', { task, err }),
    }),
  };
}

/** All teachers for callers, the first one for everything else; calls counted by their purpose. */
function observed({ teacher, teachers, draw, spec, metrics }: TaskParts) {
  const of = (purpose: 'labelling' | 'reask' | 'golden'): Teacher =>
    observeTeacher(teacher, { task: spec.name, purpose, metrics });
  return {
    answering: createAnsweringTeacher(teachers, { task: spec.name, metrics, draw }),
    labelling: of('labelling'),
    reasking: of('reask'),
    graded: of('golden'),
  };
}

/** Answers hold for what was in force when they were given. */
function createKnownAnswers({ config }: TaskParts, bus: TaskBus): AnswerCache | null {
  const { cacheBytesMax } = config.serving;
  if (cacheBytesMax === 0) return null;
  const known = createAnswerCache({ bytesMax: cacheBytesMax });
  for (const change of ['studentChanged', 'policyChanged', 'guarantee'] as const)
    bus.on(change, () => known.clear());
  return known;
}

function measure(
  parts: TaskParts,
  wired: Pick<
    TaskMachinery,
    'bus' | 'guarantee' | 'budget' | 'traffic' | 'agreement' | 'teacherWatch' | 'slot'
  > & {
    readonly promise: PromiseView;
    readonly known: AnswerCache | null;
  },
): void {
  const { metrics, spec, teacher, runStore, providers, followers } = parts;
  const { bus, guarantee, promise, budget, traffic, agreement, slot, known } = wired;
  const { selfAgreement } = wired.teacherWatch;
  measureTask(bus, metrics, {
    task: spec.name,
    teacherCostPerRowUsd: teacher.costPerRowUsd,
    readState: () => ({
      certificate: shownCertificate(guarantee),
      driftAlarm: guarantee.driftAlarm,
      inputDrift: shownInputDrift(guarantee, promise),
      budget: budget.state,
      threshold: promise.threshold,
      coverage: traffic.coverage(),
      agreement: agreement.interval(),
      policy: guarantee.policy,
      teacher: {
        selfAgreement: selfAgreement.interval(),
        riskFloor: selfAgreement.riskFloor(),
      },
      studentVersion: slot.peek()?.version ?? null,
      executionProvider: providers.provider,
      avoidedCostUsd: traffic.totals().avoidedCostUsd,
      presentRun: runStore.list().find(({ state }) => state === 'running') ?? null,
    }),
  });
  if (followers.haveTraffic) return; // They measure their own students.
  measureStudent(bus, metrics, { task: spec.name, student: () => slot.peek(), known });
}
