import type { Capture, CaptureHealth, CapturePlace } from '../capture/capture.js';
import type { PolicyChanges } from '../config/policy-changes.js';
import type { Policy } from '../config/policy-schema.js';
import type { TaskConfig } from '../config/task-config.js';
import type { LabelledRow } from '../distillation/dataset.js';
import type { JsonFile } from '../files/json-file.js';
import type { JsonLines } from '../files/json-lines.js';
import type { TimelineEventJson } from '../http/api-types-timeline.js';
import type { ProviderChoice } from '../onnx/choose-provider.js';
import type { ModelThreads } from '../model/model-threads.js';
import type { BundleManifest } from '../registry/bundle.js';
import type { Registry } from '../registry/registry.js';
import type { StudentSettings } from '../student/onnx-student.js';
import type { LabelledInput } from '../task/labelled-inputs.js';
import type { Input, TaskSpec } from '../task/task.js';
import type { Teacher } from '../teacher/teacher.js';
import type { Log } from '../telemetry/log.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { ServedTeacher } from './answering-teacher.js';
import type { SavedAccount } from './budget-account.js';
import type { Followers } from './followers.js';
import type { SavedGoldenAnswers } from './golden-answers.js';
import type { KeyAccounts } from './joint-budget.js';
import type { KeptOut } from './kept-out.js';
import type { SavedGuarantee } from './guarantee-memory.js';
import type { RunStore } from './run-store.js';

/** What is known of the model behind a teacher, in a bundle manifest's words. */
export type TeacherModel = Pick<BundleManifest['model'], 'architecture' | 'multiplyAdds'>;

/** Everything that a served task is made of; `compose-task.ts` opens it. */
export interface TaskParts {
  readonly config: TaskConfig;
  readonly spec: TaskSpec;
  /** The one that students are held against. */
  readonly teacher: Teacher;
  /** Who answers callers: it, and others that stand in for it or share its calls. */
  readonly teachers: readonly ServedTeacher[];
  /** What API keys may spend, over all tasks. */
  readonly keyAccounts: KeyAccounts;
  /** Uniform in [0, 1). */
  readonly draw: () => number;
  readonly teacherModel: TeacherModel;
  /** What the models run on, and what of the wanted they can not. */
  readonly providers: ProviderChoice;
  /** Of the process, for the students of all tasks. */
  readonly modelThreads: ModelThreads;
  readonly registry: Registry;
  readonly followers: Followers;
  readonly capture: Capture;
  readonly captureHealth: CaptureHealth;
  readonly runStore: RunStore;
  readonly runsDir: string;
  /** Where bundles from elsewhere are put, to be taken in. */
  readonly incomingDir: string;
  readonly timelineFile: JsonLines<TimelineEventJson>;
  readonly guaranteeFile: JsonFile<SavedGuarantee>;
  /** What the teacher has cost in the last hour, where that is limited. */
  readonly budgetFile: JsonFile<SavedAccount>;
  /** What the teacher has said of golden rows. */
  readonly goldenAnswersFile: JsonFile<SavedGoldenAnswers>;
  /** What an operator has changed of the policy. */
  readonly policyFile: JsonFile<PolicyChanges>;
  /** Policy in force: the configured one with those changes. */
  readonly policy: Policy;
  /** Directory of the task file. */
  readonly configDir: string;
  /**
   * Labelled files of the task, place of the log, compiled entry: what a run's process needs.
   */
  readonly seedFile: string | null;
  readonly goldenFile: string | null;
  readonly capturePlace: CapturePlace;
  readonly distilEntry: string;
  /** Environment of a run's process: without secrets. Absent: that of this one. */
  readonly runEnv?: Readonly<Record<string, string | undefined>>;
  readonly goldenRows: readonly LabelledRow[];
  /** Inputs of the seed file: every student is trained on them. */
  readonly seedInputs: readonly Input[];
  /** Of these, and of all that the file ever had: none of them ever becomes a holdout row. */
  readonly seedHashes: ReadonlySet<string>;
  readonly readSamples: (() => Promise<readonly LabelledInput[]>) | null;
  readonly holdoutKey: Uint8Array;
  readonly keptOut: KeptOut;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly now: () => number;
  readonly newId: () => string;
}

/** What the task file says of how the student is served. */
export function studentSettingsOf({ config, providers }: TaskParts): StudentSettings {
  const { runMsTarget, queueRowsMax, threads, limit } = config.serving;
  return {
    provider: providers.provider,
    runMsTarget,
    queueRowsMax,
    isLimitAdaptive: limit === 'adaptive',
    lanes: threads,
  };
}
