import { hostname } from 'node:os';
import { resolve } from 'node:path';
import type { Capture } from '../capture/capture.js';
import type { PolicyChanges } from '../config/policy-changes.js';
import type { Policy, TaskConfig } from '../config/task-config.js';
import type { LabelledRow } from '../distillation/dataset.js';
import type { DistillationJob } from '../distillation/distillation-job.js';
import { spawnDistillation } from '../distillation/spawn-distillation.js';
import type { JsonFile } from '../files/json-file.js';
import { createPredict, type Predict } from '../predict.js';
import type { BundleManifest } from '../registry/bundle.js';
import type { Registry } from '../registry/registry.js';
import type { ProviderChoice } from '../onnx/choose-provider.js';
import type { OnnxStudent, StudentOptions } from '../student/onnx-student.js';
import { createSlot, type Slot } from '../student/student-slot.js';
import type { LabelledInput } from '../task/labelled-inputs.js';
import type { Input, TaskSpec } from '../task/task.js';
import type { Teacher } from '../teacher/teacher.js';
import type { Log } from '../telemetry/log.js';
import type { Metrics } from '../telemetry/metrics.js';
import { createAgreementWindow, type AgreementWindow } from './agreement-window.js';
import { createDistillationRuns, type DistillationRuns } from './distillation-runs.js';
import { createDrawRow, hashesOf } from './draw-row.js';
import { Guarantee } from './guarantee.js';
import type { SavedGuarantee } from './guarantee-memory.js';
import { servedView, type Followers } from './followers.js';
import { createHoldoutLabeller, type HoldoutLabeller } from './holdout-labeller.js';
import { observeTeacher } from './observed-teacher.js';
import type { RunStore } from './run-store.js';
import { createStudentSwitch, type StudentSwitch } from './student-switch.js';
import { createAnswerCache, type AnswerCache } from './answer-cache.js';
import { askTeacher, type Escalate } from './ask-teacher.js';
import { createTaskBus, type TaskBus } from './task-bus.js';
import { logTask } from './task-log.js';
import { measureTask } from './task-metrics.js';
import { createTrafficLog, type TrafficLog } from './traffic-log.js';
import { bundleDirIn, type WorkerSupport } from './worker-support.js';

/** Everything that a served task is made of; `compose-task.ts` opens it. */
export interface TaskParts {
  readonly config: TaskConfig;
  readonly spec: TaskSpec;
  readonly teacher: Teacher;
  readonly teacherManifest: BundleManifest;
  /** What the models run on, and what of the wanted they can not. */
  readonly providers: ProviderChoice;
  readonly registry: Registry;
  readonly followers: Followers;
  readonly capture: Capture;
  readonly runStore: RunStore;
  readonly runsDir: string;
  readonly guaranteeFile: JsonFile<SavedGuarantee>;
  /** What an operator has changed of the policy. */
  readonly policyFile: JsonFile<PolicyChanges>;
  /** Policy in force: the configured one with those changes. */
  readonly policy: Policy;
  /**
   * Labelled files of the task, SQLite file of the log, compiled entry: what a run's process needs.
   */
  readonly seedFile: string | null;
  readonly goldenFile: string | null;
  readonly capturePath: string;
  readonly distilEntry: string;
  readonly goldenRows: readonly LabelledRow[];
  /** Inputs of the seed file: every student is trained on them. */
  readonly seedInputs: readonly Input[];
  readonly readSamples: (() => Promise<readonly LabelledInput[]>) | null;
  readonly holdoutKey: Uint8Array;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly now: () => number;
  readonly newId: () => string;
}

/** The moving parts of one task, wired: what happens goes over the bus to all who must know. */
export interface TaskMachinery {
  readonly bus: TaskBus;
  readonly slot: Slot<OnnxStudent>;
  readonly guarantee: Guarantee;
  readonly studentSwitch: StudentSwitch;
  readonly labeller: HoldoutLabeller;
  readonly runs: DistillationRuns;
  readonly traffic: TrafficLog;
  readonly agreement: AgreementWindow;
  readonly predict: Predict;
  readonly capture: Capture;
  /** US dollars: the machine's price over the student's measured run time. */
  readonly studentCostPerRowUsd: (student: OnnxStudent) => number;
  /** Puts a version in front, on disk first, and announces it. */
  readonly promote: (version: string) => Promise<void>;
  readonly support: WorkerSupport;
}

export async function createTaskMachinery(parts: TaskParts): Promise<TaskMachinery> {
  const { spec, teacher, registry, capture, metrics, now } = parts;
  const bus = createTaskBus();
  const slot = createSlot<OnnxStudent>();
  logTask(bus, { log: parts.log, task: spec.name, now });
  const traffic = createTrafficLog(bus, { teacherCostPerRowUsd: teacher.costPerRowUsd, now });
  const agreement = createAgreementWindow(bus, () => slot.peek()?.version ?? null);
  const showElsewhere = (): void => parts.followers.show(servedView(slot, guarantee));
  const saved = await parts.guaranteeFile.read();
  const guarantee = createGuarantee(parts, { bus, saved, onChange: () => showElsewhere() });
  const studentSwitch = createStudentSwitch({
    bus,
    spec,
    registry,
    slot,
    guarantee,
    capture,
    teacher,
    goldenInputs: parts.goldenRows.map(({ input }) => input),
    studentOptions: studentOptionsOf(parts),
    followers: parts.followers,
    onEvidenceLost: (rows, err) => parts.log.error('evidence-lost', { task: spec.name, rows, err }),
  });
  const labeller = createHoldoutLabeller({
    teacher: observeTeacher(teacher, { task: spec.name, purpose: 'labelling', metrics }),
    capture,
    bus,
  });
  const studentCostPerRowUsd = (student: OnnxStudent): number =>
    (student.runMs / 3_600_000) * parts.config.machineCostPerHourUsd;
  const seedHashes = hashesOf(parts.holdoutKey, parts.seedInputs);
  const known = createKnownAnswers(parts, bus);
  const answering = observeTeacher(teacher, { task: spec.name, purpose: 'answer', metrics });
  const asking = { spec, teacher: answering, capture, promise: guarantee, bus };
  const escalate: Escalate = (drafts, context) => askTeacher(asking, drafts, context);
  const predict = createPredict({
    spec,
    slot,
    teacherName: teacher.name,
    escalate,
    promise: guarantee,
    known,
    labeller,
    bus,
    drawRow: createDrawRow(parts.holdoutKey, seedHashes),
    studentCostPerRowUsd,
    now,
    newId: parts.newId,
  });
  const promote = async (version: string): Promise<void> => {
    await studentSwitch.change(
      () => version,
      async () => void (await registry.promote(version)),
    );
    bus.emit('studentChanged', version, 'promoted');
  };
  const runs = createRuns(parts, { bus, capture, guarantee, promote });
  const wired = {
    bus,
    slot,
    guarantee,
    studentSwitch,
    labeller,
    runs,
    traffic,
    agreement,
    predict,
  };
  measure(parts, wired);
  const support: WorkerSupport = {
    seed: {
      spec,
      teacherName: teacher.name,
      teacherCostPerRowUsd: teacher.costPerRowUsd,
      machineCostPerHourUsd: parts.config.machineCostPerHourUsd,
      studentOptions: studentOptionsOf(parts),
      cacheBytesMax: parts.config.serving.cacheBytesMax,
      seedHashes,
    },
    served: () => servedView(slot, guarantee),
    bundleDirOf: bundleDirIn(registry),
    escalate,
    label: (row) => labeller.add(row),
    labellingLost: (rows, error) => void bus.emit('labellingLost', rows, error),
    tally: (tally) => void bus.emit('tallied', tally),
  };
  return { ...wired, capture, studentCostPerRowUsd, promote, support };
}

function studentOptionsOf({ config, providers }: TaskParts): Omit<StudentOptions, 'inputs'> {
  const { runMsTarget, queueRowsMax, threads, limit } = config.serving;
  return {
    provider: providers.provider,
    runMsTarget,
    queueRowsMax,
    isLimitAdaptive: limit === 'adaptive',
    lanes: threads,
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

function createGuarantee(
  parts: TaskParts,
  { bus, saved, onChange }: { bus: TaskBus; saved: SavedGuarantee | null; onChange: () => void },
): Guarantee {
  return new Guarantee({
    policy: parts.policy,
    saved,
    now: parts.now,
    save: (state) => {
      parts.guaranteeFile.write(state).catch((err: unknown) => {
        parts.log.error('guarantee-unsaved', { task: parts.spec.name, err });
      });
    },
    onEvent: (event) => void bus.emit('guarantee', event),
    onChange,
  });
}

function createRuns(
  parts: TaskParts,
  wired: Pick<TaskMachinery, 'bus' | 'capture' | 'guarantee' | 'promote'>,
): DistillationRuns {
  const { config, registry } = parts;
  const { bus, capture, guarantee, promote } = wired;
  return createDistillationRuns({
    bus,
    task: parts.spec.name,
    store: parts.runStore,
    capture,
    dir: parts.runsDir,
    // The same after a restart: what a killed gateway was at, its successor may start again.
    owner: `${hostname()}:${resolve(parts.runsDir)}`,
    async distil({ runDir, onProgress, signal }) {
      const job = await jobOf(parts, guarantee, runDir);
      return spawnDistillation({ entry: parts.distilEntry, job, onProgress, signal });
    },
    async register({ candidateDir, evaluation, isAccepted }) {
      const { temperature } = evaluation;
      const options = { temperature, evaluation, isRejected: !isAccepted };
      const { version } = await registry.add(candidateDir, options);
      await registry.prune(config.distillation.bundlesMax).catch((err: unknown) => {
        parts.log.error('prune-failed', { task: parts.spec.name, err });
      });
      return version;
    },
    promote,
    serving: () => registry.serving()?.version ?? null,
    onUntidy: (run, err) => parts.log.error('run-untidy', { task: parts.spec.name, run, err }),
    now: parts.now,
    newId: () => `run-${parts.newId().slice(0, 8)}`, // Typed and read by people.
  });
}

async function jobOf(
  parts: TaskParts,
  guarantee: Guarantee,
  runDir: string,
): Promise<DistillationJob> {
  const { config, registry, teacher } = parts;
  const serving = registry.serving();
  const { riskMax, delta } = guarantee.policy;
  return {
    task: parts.spec,
    limits: config.distillation,
    target: { riskMax, delta },
    teacher: { name: teacher.name, version: teacher.version },
    capturePath: parts.capturePath,
    runDir,
    parentBundleDir: serving === null ? null : (await registry.read(serving.version)).dir,
    seedFile: parts.seedFile,
    goldenFile: parts.goldenFile,
    evidenceAfterMs: guarantee.evidenceAfterMs,
  };
}

function measure(
  { metrics, spec, teacher, runStore, providers }: TaskParts,
  wired: Pick<TaskMachinery, 'bus' | 'guarantee' | 'traffic' | 'agreement' | 'slot'>,
): void {
  const { bus, guarantee, traffic, agreement, slot } = wired;
  measureTask(bus, metrics, {
    task: spec.name,
    teacherCostPerRowUsd: teacher.costPerRowUsd,
    readState: () => ({
      certificate: guarantee.certificate,
      coverage: traffic.coverage(),
      agreement: agreement.interval(),
      policy: guarantee.policy,
      studentVersion: slot.peek()?.version ?? null,
      executionProvider: providers.provider,
      runRowsMax: slot.peek()?.runRowsMax() ?? null,
      queuedRows: slot.peek()?.queuedRows() ?? null,
      avoidedCostUsd: traffic.totals().avoidedCostUsd,
      presentRun: runStore.list().find(({ state }) => state === 'running') ?? null,
    }),
  });
}
