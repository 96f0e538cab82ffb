import { randomInt } from 'node:crypto';
import { resolve } from 'node:path';
import type { Capture } from './capture/capture.js';
import { ofModel, requireFit } from './compose-model.js';
import { allOrProblems } from './config/all-problems.js';
import type { TaskConfig } from './config/task-config.js';
import { teachersOf, type TeacherConfig } from './config/teacher-schema.js';
import { InvalidConfigError } from './errors.js';
import type { ExecutionProvider } from './onnx/execution-provider.js';
import { readBundle } from './registry/read-bundle.js';
import type { ServedTeacher } from './serving/answering-teacher.js';
import { observeResilience } from './serving/observe-resilience.js';
import type { TeacherModel } from './serving/task-parts.js';
import type { Input, TaskSpec } from './task/task.js';
import { openHttpTeacher } from './teacher/http/http-teacher.js';
import { openLabelsTeacher } from './teacher/labels-teacher.js';
import { openOipTeacher } from './teacher/oip/oip-teacher.js';
import { openOnnxTeacher } from './teacher/onnx-teacher.js';
import {
  createCapturedExamples,
  type CapturedExamples,
} from './teacher/openai/captured-examples.js';
import { createExampleSearch } from './teacher/openai/example-search.js';
import type { OpenaiOptions } from './teacher/openai/openai-options.js';
import { openaiVersionOf, openOpenaiTeacher, textOf } from './teacher/openai/openai-teacher.js';
import { createDiscreetTeacher } from './teacher/discreet-teacher.js';
import { systemClock } from './teacher/resilience/clock.js';
import { ResilientTeacher } from './teacher/resilience/resilient-teacher.js';
import type { Teacher } from './teacher/teacher.js';
import type { Log } from './telemetry/log.js';
import type { Metrics } from './telemetry/metrics.js';

export interface TeacherParts {
  readonly config: TaskConfig;
  /** Paths in `config` are relative to it. */
  readonly configDir: string;
  readonly spec: TaskSpec;
  /** What a local model runs on. */
  readonly provider: ExecutionProvider;
  /** Variables of the environment: keys of servers are among them. */
  readonly env: Environment;
  /** Examples for a language model are captured rows. */
  readonly captureOpens: Promise<Capture>;
  readonly metrics: Metrics;
  readonly log: Log;
  /** ms since the epoch. */
  readonly now: () => number;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export interface OpenedTeachers {
  /** The one that students are held against. */
  readonly teacher: Teacher;
  readonly teacherModel: TeacherModel;
  /** It, and the others. */
  readonly teachers: readonly ServedTeacher[];
  readonly draw: () => number;
  /** Rows were erased: none of them is shown to a language model again. */
  readonly forgetExamples: () => void;
}

/**
 * Opens the teachers of a task, each wrapped in what makes failures bearable.
 *
 * @throws {InvalidConfigError} when one does not fit the task.
 * @throws {InvalidBundleError} when a model can not be trusted.
 */
export async function openTeachers(parts: TeacherParts): Promise<OpenedTeachers> {
  const given = teachersOf(parts.config);
  const opens = given.map((one) => openTeacher(one, parts));
  try {
    const opened = await allOrProblems(opens);
    const teachers = opened.map(({ teacher }, index) => served(teacher, given[index]!, parts));
    const { teacherModel } = opened[0]!;
    const forgetExamples = (): void => opened.forEach((one) => one.forgetExamples?.());
    return { teacher: teachers[0]!.teacher, teacherModel, teachers, draw, forgetExamples };
  } catch (error) {
    for (const one of await Promise.allSettled(opens))
      if (one.status === 'fulfilled') await one.value.teacher.close(); // Its thread would go on.
    throw error;
  }
}

/** Of 2^32 equally likely values. */
const draw = (): number => randomInt(2 ** 32) / 2 ** 32;

function served(
  teacher: Teacher,
  given: TeacherConfig,
  { config, spec, metrics, log, now }: TeacherParts,
): ServedTeacher {
  const resilient = new ResilientTeacher(teacher, {
    settings: given.resilience,
    timeoutMs: 'timeoutMs' in given ? given.timeoutMs : null,
    clock: systemClock,
    draw,
    observer: observeResilience({ task: spec.name, teacher: given.name, metrics, log, now }),
  });
  const discretion = config.privacy.inputs === 'full' ? 'by-request' : 'always';
  const shown = createDiscreetTeacher(resilient, discretion);
  return { teacher: shown, weight: given.weight ?? null, state: () => resilient.state() };
}

interface OpenedTeacher {
  readonly teacher: Teacher;
  readonly teacherModel: TeacherModel;
  /** Absent: it shows none. */
  readonly forgetExamples?: () => void;
}

/**
 * Opens a teacher by its kind.
 *
 * @throws {InvalidConfigError} when it does not fit the task.
 * @throws {InvalidBundleError} when its model can not be trusted.
 */
async function openTeacher(given: TeacherConfig, parts: TeacherParts): Promise<OpenedTeacher> {
  const { configDir, spec, provider } = parts;
  switch (given.kind) {
    case 'onnx': {
      const bundle = await readBundle(resolve(configDir, given.bundle));
      requireFit(bundle.manifest, spec, `Teacher ${given.name}`);
      const opens = openOnnxTeacher(bundle, { ...given, provider });
      const teacher = await opens.catch(ofModel(`Teacher ${given.name} of ${spec.name}`));
      return { teacher, teacherModel: bundle.manifest.model };
    }
    case 'labels': {
      const file = resolve(configDir, given.file);
      const { teacher, about } = await openLabelsTeacher(spec, { ...given, file });
      return { teacher, teacherModel: { architecture: about, multiplyAdds: null } };
    }
    case 'http': {
      const teacher = openHttpTeacher(spec, withKey(given, parts.env), parts.now);
      return { teacher, teacherModel: remoteModel(`JSON endpoint at ${hostOf(given.url)}`) };
    }
    case 'openai': {
      const options = withKey(given, parts.env);
      const examples = examplesOf(parts, options);
      const asked = {
        findExamples: (input: Input) => examples.find(input),
        now: parts.now,
      };
      const llm = openOpenaiTeacher(spec, options, asked);
      const teacher = { ...llm, close: () => examples.close() };
      const teacherModel = remoteModel(`${given.model} at ${hostOf(given.url)}`);
      return { teacher, teacherModel, forgetExamples: () => examples.forget() };
    }
    case 'oip': {
      const options = withKey(given, parts.env);
      const { teacher, unchecked: err } = await openOipTeacher(spec, options, parts.now);
      if (err !== null)
        parts.log.warn('teacher-unchecked', { task: spec.name, teacher: given.name, err });
      return { teacher, teacherModel: remoteModel(`${given.model} at ${hostOf(given.url)}`) };
    }
  }
}

/** Captured rows that this teacher has labelled, and that may be trained on. */
function examplesOf(
  { spec, captureOpens, now }: TeacherParts,
  options: OpenaiOptions,
): CapturedExamples {
  const { similar, probabilityMin, poolRowsMax } = options.examples;
  const filter = {
    ...{ task: spec.name, teacherVersion: openaiVersionOf(options) },
    ...{ rowsMax: poolRowsMax, createdAfterMs: 0 },
  };
  return createCapturedExamples({
    async readRows() {
      const rows = await (await captureOpens).readTraining(filter);
      return rows.map(({ input, teacherLabel: label, teacherProbabilities: probabilities }) => ({
        ...{ input, label, probabilities },
      }));
    },
    textOf: (input) => textOf(input, spec.input),
    search: createExampleSearch(options.name),
    ...{ labels: spec.labels, countMax: similar, probabilityMin, now },
  });
}

const remoteModel = (architecture: string): TeacherModel => ({ architecture, multiplyAdds: null });

const hostOf = (url: string): string => new URL(url).host;

/** @throws {InvalidConfigError} when the variable that a task file names is not set. */
export function withKey<T extends { readonly name: string; readonly apiKeyEnv: string | null }>(
  given: T,
  env: Environment,
): T & { readonly apiKey: string | null } {
  if (given.apiKeyEnv === null) return { ...given, apiKey: null };
  const apiKey = env[given.apiKeyEnv]?.trim() ?? '';
  if (/^[\x21-\x7e]+$/.test(apiKey)) return { ...given, apiKey };
  throw new InvalidConfigError(
    `Teacher ${given.name} takes its key from the environment variable ${given.apiKeyEnv}, which ` +
      `${apiKey === '' ? 'is not set' : 'has characters that no header can hold'}. Set it.`,
  );
}
