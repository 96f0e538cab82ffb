import type { TaskConfig } from '../config/task-config.js';
import type { TeacherConfig } from '../config/teacher-schema.js';
import { validationShare } from '../distillation/build-dataset.js';
import type { InputSpec } from '../task/task.js';
import { certifyingShare, firstFitRowsOf } from './certifiable.js';

/**
 * Holdout rows that the whole stream is to give, as a multiple of those that a first fit needs:
 * with twice as many a threshold covers a point or two more, but each costs a label of a sure row.
 */
const firstFitsOfHoldout = 3;
const [holdoutRateMin, holdoutRateMax] = [0.04, 0.08];

/** Inputs that no student learns from are some more: an alarm holds out more of them again. */
const recoveryShare = 1.25;

/** Held out before the first certificate, at no cost. */
const coldHoldoutRate = 0.25;

/** What suits a stream of so many rows. */
function ownPolicyOf({ target, rows }: Pick<OwnTask, 'target' | 'rows'>) {
  const wanted = (firstFitsOfHoldout * firstFitRowsOf(target)) / rows;
  const holdoutRate = Math.min(holdoutRateMax, Math.max(holdoutRateMin, wanted));
  return {
    ...{ holdoutRate, coldHoldoutRate, recoveryHoldoutRate: recoveryShare * holdoutRate },
    exploreRate: 0,
  };
}

/**
 * Runs of a replay start as the training rows grow by 8 %: the first ones matter most, and what a
 * stream of any length costs in runs grows with its logarithm. Fewer runs let an old student ask
 * the teacher for longer.
 */
const growth = 0.08;

/** Of one teacher row where nothing says it, US dollars: so that what is saved can be read. */
const costPerRowUsd = 0.001;

export interface OwnTask {
  readonly name: string;
  readonly input: InputSpec;
  readonly labels: readonly string[];
  readonly target: { readonly riskMax: number; readonly delta: number };
  /** Rows of the whole stream. */
  readonly rows: number;
  readonly seed: number;
}

/** A task for a file that has none: texts, its labels, sensible settings. */
export function ownTaskOf(own: OwnTask): Record<string, unknown> {
  const { name, input, labels, target, seed } = own;
  return {
    name,
    title: `Replay of ${name}`,
    input,
    labels,
    teacher: { kind: 'labels', name: 'labels', file: 'written later', costPerRowUsd },
    policy: { ...ownPolicyOf(own), ...target },
    distillation: {
      ...{ growth, seed },
      trainingRowsMin: trainingRowsMinOf(own),
      choosingRowsMin: choosingRowsMinOf(own),
    },
  };
}

/**
 * A first student is of use from the first fit on, and the later it comes, the more it has learnt:
 * its training rows are those until then, or of a third of a short stream.
 */
function trainingRowsMinOf(own: OwnTask): number {
  const trainable = firstRunAtOf(own) * (1 - coldHoldoutRate);
  return Math.max(20, Math.floor(trainable * (1 - validationShare)));
}

/** Rows of the stream until the first fit can be tried. */
const firstFitAtOf = ({ target }: OwnTask): number =>
  firstFitRowsOf(target) / certifyingShare / coldHoldoutRate;

/** Rows of the stream before the first run. */
const firstRunAtOf = (own: OwnTask): number => Math.min(firstFitAtOf(own), own.rows / 3);

/** As any task has them, and the fewest that one may have. */
const [choosingRowsMost, choosingRowsLeast] = [40, 10];

/**
 * The rows to choose by are there when the first run is due, or a short stream would see none: four
 * in five of those that the draw gives on average, as chance may give fewer. They tell the better
 * of two students; what a student may answer is certified by others, however few these are.
 */
function choosingRowsMinOf(own: OwnTask): number {
  if (firstRunAtOf(own) === firstFitAtOf(own)) return choosingRowsMost;
  const average = firstRunAtOf(own) * coldHoldoutRate * (1 - certifyingShare);
  const wanted = Math.floor(0.8 * average);
  return Math.min(choosingRowsMost, Math.max(choosingRowsLeast, wanted));
}

/** A replay says nothing of speed: it shares the machine with the run that is measured. */
const replayRunMsP99Max = 1_000;

/** What a replay changes of a task that is given. */
export interface ReplayChanges {
  /** Bundle directory of the first student, absolute; null: a cold start. */
  readonly student: string | null;
  readonly teacher: TeacherConfig;
  /** Turns a path of the task file into an absolute one. */
  readonly pathOf: (file: string) => string;
}

/**
 * The task as the replay's gateway gets it: no student unless asked for, runs by rows and not by
 * the clock, every version kept (baselines ask them afterwards). Of several teachers the first one
 * answers alone.
 */
export function replayTaskOf(config: TaskConfig, changes: ReplayChanges): Record<string, unknown> {
  const { student, teacher, pathOf } = changes;
  const { distillation } = config;
  const absolute = (file: string | null): string | null => file && pathOf(file);
  // A file says the same whenever it is asked: asking twice would only be counted.
  const asked = teacher.kind === 'labels' ? { reaskRate: 0 } : {};
  return {
    ...Object.fromEntries(Object.entries(config).filter(([field]) => field !== 'teachers')),
    student,
    teacher,
    policy: { ...config.policy, ...asked },
    golden: absolute(config.golden),
    seedRows: absolute(config.seedRows),
    samples: null,
    distillation: {
      ...distillation,
      schedule: null,
      growth: distillation.growth ?? growth,
      runMsP99Max: Math.max(distillation.runMsP99Max, replayRunMsP99Max),
      bundlesMax: 1_000,
    },
  };
}
