import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CapturePlace } from './capture/capture.js';
import type { WatchedCapture } from './capture/watched-capture.js';
import { keepDraw, restoreOrStartAnew } from './compose-draw.js';
import { ofModel, requireFit } from './compose-model.js';
import { keepSeedHashes } from './compose-seeds.js';
import { openTeachers, type Environment } from './compose-teacher.js';
import { openPolicy } from './compose-policy.js';
import { allOrProblems } from './config/all-problems.js';
import type { TaskConfig } from './config/task-config.js';
import { createJsonFile } from './files/json-file.js';
import { openJsonLines } from './files/json-lines.js';
import type { ModelThreads } from './model/model-threads.js';
import { chooseProvider, type ProviderChoice } from './onnx/choose-provider.js';
import type { ProviderProber } from './onnx/provider-prober.js';
import { privateCapture } from './privacy/private-capture.js';
import { readBundle } from './registry/read-bundle.js';
import { openRegistry, type Registry } from './registry/registry.js';
import { savedGoldenAnswersSchema, type SavedGoldenAnswers } from './serving/golden-answers.js';
import type { SavedAccount } from './serving/budget-account.js';
import type { Followers } from './serving/followers.js';
import { forgetOnErase } from './serving/forget-on-erase.js';
import type { SavedGuarantee } from './serving/guarantee-memory.js';
import type { KeyAccounts } from './serving/joint-budget.js';
import { savedAccountSchema } from './serving/saved-account-schema.js';
import { savedGuaranteeSchema } from './serving/saved-guarantee-schema.js';
import { timelineEventSchema, timelineEventsMax } from './serving/timeline.js';
import { openRunStore } from './serving/run-store.js';
import { openServedTask, type ServedTask } from './serving/served-task.js';
import { readLabelledInputs, type LabelledInput } from './task/labelled-inputs.js';
import type { TaskSpec } from './task/task.js';
import type { Log } from './telemetry/log.js';
import type { Metrics } from './telemetry/metrics.js';

export interface ComposeTaskParts {
  readonly config: TaskConfig;
  /** Paths in `config` are relative to it. */
  readonly configDir: string;
  /** This task's own directory, for students, runs and state. */
  readonly dir: string;
  readonly captureOpens: Promise<WatchedCapture>;
  /** File of the capture log, for the process of a distillation run. */
  readonly capturePlace: CapturePlace;
  readonly holdoutKey: Uint8Array;
  readonly prober: ProviderProber;
  readonly modelThreads: ModelThreads;
  /** Students are measured one after the other: where they run is decided by what that says. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
  readonly followers: Followers;
  readonly keyAccounts: KeyAccounts;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly now: () => number;
  readonly newId: () => string;
  /** Variables of the environment, for the keys of teachers. */
  readonly env: Environment;
  /** Of the processes of runs; absent: that of this one. */
  readonly runEnv?: Environment;
}

/**
 * Opens one task: decides which teacher, registry and files stand behind the ports.
 *
 * @throws {InvalidConfigError} when a file does not fit the task.
 * @throws {InvalidBundleError} when a model's files can not be trusted.
 */
export async function composeTask(parts: ComposeTaskParts): Promise<ServedTask> {
  const { config, configDir, dir } = parts;
  const spec: TaskSpec = {
    name: config.name,
    title: config.title,
    input: config.input,
    labels: config.labels,
  };
  const pathOf = (file: string | null): string | null => file && resolve(configDir, file);
  const samples = pathOf(config.samples);
  const providers = await chooseProviders(parts);
  const teachersOpen = openTeachers({ ...parts, spec, provider: providers.provider });
  try {
    const [teachersOpened, read] = await allOrProblems([teachersOpen, readTask(parts, spec)]);
    const taskParts = {
      ...parts,
      ...teachersOpened,
      ...read,
      capture: forgetOnErase(read.capture, teachersOpened.forgetExamples),
      spec,
      providers,
      runsDir: join(dir, 'runs'),
      incomingDir: join(dir, 'incoming'),
      guaranteeFile: createJsonFile<SavedGuarantee>(join(dir, 'guarantee.json'), {
        advice: `It says how much of delta is spent. ${restoreOrStartAnew}`,
        schema: savedGuaranteeSchema,
      }),
      budgetFile: createJsonFile<SavedAccount>(join(dir, 'budget.json'), {
        advice: `It says what the teacher has cost in the last hour. ${restoreOrStartAnew}`,
        schema: savedAccountSchema,
      }),
      goldenAnswersFile: createJsonFile<SavedGoldenAnswers>(join(dir, 'golden-answers.json'), {
        advice: 'Delete it: the teacher is asked again.',
        schema: savedGoldenAnswersSchema,
      }),
      seedFile: pathOf(config.seedRows),
      goldenFile: pathOf(config.golden),
      distilEntry: fileURLToPath(new URL('./distil-process.js', import.meta.url)),
      readSamples: samples === null ? null : () => readLabelledInputs(samples, spec),
    };
    const opens = parts.inTurn(() => openServedTask(taskParts));
    return await opens.catch(ofModel(`The student of ${spec.name}`));
  } catch (error) {
    const opened = await teachersOpen.catch(() => null);
    for (const { teacher } of opened?.teachers ?? []) await teacher.close(); // Or threads go on.
    throw error;
  }
}

/** What the task's files and its directory hold. */
async function readTask(parts: ComposeTaskParts, spec: TaskSpec) {
  const { config, configDir, dir } = parts;
  const rowsOf = async (file: string | null): Promise<readonly LabelledInput[]> =>
    file === null ? [] : readLabelledInputs(resolve(configDir, file), spec);
  const [captured, goldenRows, seedRows, runStore, timelineFile] = await allOrProblems([
    openCaptured(parts, spec),
    rowsOf(config.golden),
    rowsOf(config.seedRows),
    openRunStore(join(dir, 'runs'), parts.now(), (path, err) => {
      parts.log.warn('run-unreadable', { task: config.name, path, err });
    }),
    openJsonLines(join(dir, 'timeline.jsonl'), {
      linesMax: timelineEventsMax,
      schema: timelineEventSchema,
      onDamaged: (lines) => parts.log.warn('timeline-damaged', { task: config.name, lines }),
    }),
  ]);
  const seedInputs = seedRows.map(({ input }) => input);
  const seedHashes = await keepSeedHashes(parts, seedInputs);
  return { ...captured, goldenRows, seedInputs, seedHashes, runStore, timelineFile };
}

/** What must fit the rows that were captured: first the draw, and only then the students. */
async function openCaptured(parts: ComposeTaskParts, spec: TaskSpec) {
  const { policyFile, policy } = await openPolicy(parts.dir, parts.config.policy);
  const captureHealth = await parts.captureOpens;
  const capture = privateCapture(captureHealth, parts.config.privacy);
  const keptOut = await keepDraw({ ...parts, capture }, policy);
  const registry = await openStudents(parts, spec);
  return { policyFile, policy, capture, captureHealth, keptOut, registry };
}

/** The first of the providers wanted that works here; why others do not is said once. */
async function chooseProviders({ config, prober, log }: ComposeTaskParts): Promise<ProviderChoice> {
  const choice = await chooseProvider(config.executionProviders, prober);
  for (const { provider, why } of choice.refused)
    log.warn('provider-refused', { task: config.name, provider, why });
  return choice;
}

/** Opens the versions of a task; the first start takes in the student that the task comes with. */
async function openStudents(
  { config, configDir, dir, now }: ComposeTaskParts,
  spec: TaskSpec,
): Promise<Registry> {
  const registry = await openRegistry({ dir: join(dir, 'students'), now });
  if (registry.serving() !== null || config.student === null) return registry;
  const source = resolve(configDir, config.student);
  const { manifest } = await readBundle(source);
  requireFit(manifest, spec, 'The student');
  const unjudged = { ...manifest.calibration, evaluation: null, isRejected: false };
  const added = await registry.add(source, unjudged);
  await registry.promote(added.version);
  return registry;
}
