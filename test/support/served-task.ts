import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unlimited } from '../../src/serving/budget-account.js';
import type { Policy } from '../../src/config/policy-schema.js';
import { parseTaskConfig } from '../../src/config/task-config.js';
import type { PolicyChanges } from '../../src/config/policy-changes.js';
import type { DistillationMessage } from '../../src/distillation/distillation-job.js';
import { openJsonLines } from '../../src/files/json-lines.js';
import type { SavedGoldenAnswers } from '../../src/serving/golden-answers.js';
import { timelineEventSchema } from '../../src/serving/timeline.js';
import { createJsonFile } from '../../src/files/json-file.js';
import { openRegistry } from '../../src/registry/registry.js';
import { noFollowers } from '../../src/serving/followers.js';
import type { SavedAccount } from '../../src/serving/budget-account.js';
import type { SavedGuarantee } from '../../src/serving/guarantee-memory.js';
import { openRunStore } from '../../src/serving/run-store.js';
import { openServedTask } from '../../src/serving/served-task.js';
import type { PredictRequest } from '../../src/task/task-service.js';
import type { LabelledInput } from '../../src/task/labelled-inputs.js';
import type { Input } from '../../src/task/task.js';
import { createMetrics } from '../../src/telemetry/metrics.js';
import { unkeptThreads } from '../../src/model/model-threads.js';
import { FakeTeacher } from '../fakes/fake-teacher.js';
import { healthy, MemoryCapture } from '../fakes/memory-capture.js';
import { portOf } from './port-of.js';
import { RecordingLog } from '../fakes/recording-log.js';
import { alwaysKeptOut } from '../../src/serving/kept-out.js';
import { fakeManifest } from './fake-bundle.js';
import { policy as defaultPolicy, squareTask } from './square-task.js';
import { aloneTeacher } from './alone-teacher.js';
import { writeSquareBundle, type SquareModel } from './square-bundle.js';
import { inFile } from './in-file.js';

export interface ServedTaskOptions {
  /** Students in the registry; the last one serves. Default: one. */
  readonly students?: readonly SquareModel[];
  readonly policy?: Partial<Policy>;
  readonly distillation?: Readonly<Record<string, unknown>>;
  readonly samples?: readonly LabelledInput[];
  readonly teacher?: FakeTeacher;
  /** What the process of a run says; default: that it is too early. */
  readonly keptOutShare?: number;
  readonly runSays?: DistillationMessage;
}

const tooEarly: DistillationMessage = {
  kind: 'result',
  result: { kind: 'too-early', reasons: ['Only 0 training rows.'], dataset: null },
};

/** Opens a served task of real parts, but for its teacher, its log and the process of its runs. */
export async function openSquares(parent: string, options: ServedTaskOptions = {}) {
  const dir = mkdtempSync(join(parent, 'task-'));
  const clock = { nowMs: 1_700_000_000_000 };
  const now = (): number => clock.nowMs++;
  const registry = await openRegistry({ dir: join(dir, 'students'), now });
  const versions: string[] = [];
  for (const [index, model] of (options.students ?? [{}]).entries()) {
    const source = writeSquareBundle(join(dir, `source-${index}`), model);
    const added = { temperature: 1, evaluation: null, isRejected: false };
    versions.push((await registry.add(source, added)).version);
    await registry.promote(versions.at(-1)!);
  }
  const capture = new MemoryCapture(now);
  const log = new RecordingLog();
  const metrics = createMetrics();
  const policy = { ...defaultPolicy, ...options.policy };
  const policyFile = createJsonFile<PolicyChanges>(join(dir, 'policy.json'), {
    advice: 'Restore it.',
  });
  const teacher = options.teacher ?? new FakeTeacher();
  const runsDir = join(dir, 'runs');
  const runStore = await openRunStore(runsDir, 0);
  const { samples } = options;
  const task = await openServedTask({
    config: parseTaskConfig(
      {
        ...squareTask,
        teacher: { kind: 'onnx', name: 'oracle', bundle: 'nowhere', costPerRowUsd: 0.01 },
        machineCostPerHourUsd: 3.6,
        policy,
        distillation: options.distillation ?? {},
      },
      'the test',
    ),
    spec: squareTask,
    teacher,
    teachers: [aloneTeacher(teacher)],
    draw: () => 0.5,
    keyAccounts: {
      ready: async () => {},
      reserve: (_, rows) => unlimited(rows),
    },
    teacherModel: fakeManifest(Buffer.from('teacher')).model,
    providers: { provider: 'cpu', refused: [] },
    modelThreads: unkeptThreads,
    registry,
    followers: noFollowers,
    capture: portOf(capture),
    captureHealth: healthy,
    runStore,
    runsDir,
    incomingDir: join(dir, 'incoming'),
    guaranteeFile: createJsonFile<SavedGuarantee>(join(dir, 'guarantee.json'), {
      advice: 'Restore it.',
    }),
    budgetFile: createJsonFile<SavedAccount>(join(dir, 'budget.json'), { advice: 'Restore it.' }),
    goldenAnswersFile: createJsonFile<SavedGoldenAnswers>(join(dir, 'golden-answers.json'), {
      advice: 'Delete it.',
    }),
    policyFile,
    timelineFile: await openJsonLines(join(dir, 'timeline.jsonl'), {
      linesMax: 1_000,
      schema: timelineEventSchema,
    }),
    policy,
    configDir: dir,
    seedFile: null,
    seedInputs: [],
    seedHashes: new Set(),
    goldenFile: null,
    capturePlace: inFile(join(dir, 'capture.sqlite')),
    distilEntry: writeRunEntry(dir, options.runSays ?? tooEarly),
    goldenRows: [],
    readSamples: samples === undefined ? null : async () => samples,
    holdoutKey: new Uint8Array(32),
    keptOut: alwaysKeptOut(options.keptOutShare ?? policy.coldHoldoutRate),
    metrics,
    log,
    now,
    newId: createIds(),
  });
  return { task, dir, clock, registry, versions, capture, log, metrics, teacher, policyFile };
}

function createIds(): () => string {
  let ids = 0;
  return () => `id-${ids++}`;
}

/** A process that takes its job, says one thing, and ends. */
function writeRunEntry(dir: string, message: DistillationMessage): string {
  const path = join(dir, 'run-entry.mjs');
  const said = JSON.stringify(message);
  writeFileSync(
    path,
    `process.once('message', () => process.send(${said}, () => process.disconnect()));`,
  );
  return path;
}

export const askFor = (inputs: readonly Input[]): PredictRequest => ({
  inputs,
  route: 'auto',
  timeoutMs: null,
  hasProbabilities: false,
  client: null,
  subject: null,
  isStored: true,
  preprocessMs: 0,
});
