import { hostname } from 'node:os';
import { resolve } from 'node:path';
import type { DistillationJob } from '../distillation/distillation-job.js';
import type { GoldenLabels } from '../distillation/grade-teacher.js';
import { spawnDistillation } from '../distillation/spawn-distillation.js';
import type { Registry } from '../registry/registry.js';
import type { Teacher } from '../teacher/teacher.js';
import { createDistillationRuns, type DistillationRuns } from './distillation-runs.js';
import { askGolden } from './golden-answers.js';
import type { Guarantee } from './guarantee.js';
import { pruneStudents } from './prune-students.js';
import type { DistilOptions } from './run-end.js';
import { writeRunPage } from './run-page.js';
import type { TaskBus } from './task-bus.js';
import type { TaskParts } from './task-parts.js';
import type { Budget } from './budget-account.js';

/** Wires the distillation runs of one task. */
export function createTaskRuns(
  parts: TaskParts,
  wired: {
    readonly bus: TaskBus;
    readonly guarantee: Guarantee;
    readonly promote: (version: string) => Promise<void>;
    readonly budget: Budget;
    /** Asked about golden rows. */
    readonly teacher: Teacher;
    readonly teacherChangedMs: () => number;
  },
): DistillationRuns {
  const { registry, capture, runEnv } = parts;
  const { bus, guarantee, promote } = wired;
  const asking = {
    ...wired,
    goldenInputs: parts.goldenRows.map(({ input }) => input),
    file: parts.goldenAnswersFile,
    now: parts.now,
  };
  return createDistillationRuns({
    bus,
    task: parts.spec.name,
    store: parts.runStore,
    capture,
    dir: parts.runsDir,
    // The same after a restart: what a killed gateway was at, its successor may start again.
    owner: `${hostname()}:${resolve(parts.runsDir)}`,
    async distil({ runDir, compressed, trigger, onProgress, signal }) {
      const job = await jobOf(parts, guarantee, { runDir, compressed, trigger });
      let goldenLabels: GoldenLabels = {};
      const isTaught = compressed === null && job.parentBundleDir !== null;
      if (isTaught && parts.goldenRows.length > 0) {
        const message = 'Asking the teacher about golden rows';
        onProgress({ stage: 'snapshot', share: 0, message, remainingMs: null });
        goldenLabels = await askGolden(asking, signal);
      }
      const whole = { ...job, goldenLabels };
      const started = { entry: parts.distilEntry, job: whole, onProgress, signal };
      return spawnDistillation({ ...started, ...(runEnv === undefined ? {} : { env: runEnv }) });
    },
    async register({ candidateDir, evaluation, isAccepted }) {
      const { temperature, score = 'top-probability', novelty } = evaluation;
      const isRejected = !isAccepted;
      const options = { temperature, score, novelty, evaluation, isRejected };
      const { version } = await registry.add(candidateDir, options);
      await pruneStudents(parts);
      return version;
    },
    promote,
    writePage: (runDir, run) =>
      writeRunPage(runDir, run, { task: parts.spec.name, trainer: trainerWords(parts) }),
    serving: () => registry.serving()?.version ?? null,
    onUntidy: (run, err) => parts.log.error('run-untidy', { task: parts.spec.name, run, err }),
    now: parts.now,
    newId: () => `run-${parts.newId().slice(0, 8)}`, // Typed and read by people.
  });
}

const trainerWords = ({ config }: TaskParts): string => {
  const { trainer } = config.distillation;
  return trainer.kind === 'command' ? trainer.command.join(' ') : trainer.kind;
};

async function jobOf(
  parts: TaskParts,
  guarantee: Guarantee,
  { runDir, compressed, trigger }: Pick<DistilOptions, 'runDir' | 'compressed' | 'trigger'>,
): Promise<Omit<DistillationJob, 'goldenLabels'>> {
  const { config, registry, teacher } = parts;
  const serving = registry.serving();
  const { riskMax, delta } = guarantee.policy;
  return {
    task: parts.spec,
    limits: config.distillation,
    configDir: parts.configDir,
    target: { riskMax, delta },
    teacher: { name: teacher.name, version: teacher.version },
    capturePlace: parts.capturePlace,
    runDir,
    ...(compressed === null ? {} : { compressedBundleDir: (await registry.read(compressed)).dir }),
    ...(serving === null ? { parentBundleDir: null } : await parentOf(registry, serving.version)),
    seedFile: parts.seedFile,
    goldenFile: parts.goldenFile,
    nowMs: parts.now(),
    evidenceAfterMs: guarantee.evidenceAfterMs,
    isByItself: !['api', 'cli', 'console'].includes(trigger),
  };
}

async function parentOf(
  registry: Registry,
  version: string,
): Promise<Pick<DistillationJob, 'parentBundleDir' | 'startBundleDir'>> {
  const { dir: parentBundleDir, manifest } = await registry.read(version);
  const floats = manifest.compression?.of;
  const isThere = registry.list().some((student) => student.version === floats);
  if (floats === undefined || !isThere) return { parentBundleDir };
  return { parentBundleDir, startBundleDir: (await registry.read(floats)).dir };
}
