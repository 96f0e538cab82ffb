import { resolve } from 'node:path';
import type { Capture } from './capture/capture.js';
import { ofModel, requireFit } from './compose-model.js';
import type { TaskConfig } from './config/task-config.js';
import { InvalidConfigError } from './errors.js';
import type { ExecutionProvider } from './onnx/execution-provider.js';
import { readBundle } from './registry/read-bundle.js';
import type { TeacherModel } from './serving/task-parts.js';
import type { TaskSpec } from './task/task.js';
import { openHttpTeacher } from './teacher/http/http-teacher.js';
import { openLabelsTeacher } from './teacher/labels-teacher.js';
import { openOipTeacher } from './teacher/oip/oip-teacher.js';
import { openOnnxTeacher } from './teacher/onnx-teacher.js';
import { createCapturedExamples } from './teacher/openai/captured-examples.js';
import type { OpenaiOptions } from './teacher/openai/openai-options.js';
import { openaiVersionOf, openOpenaiTeacher, textOf } from './teacher/openai/openai-teacher.js';
import type { Teacher } from './teacher/teacher.js';
import type { Log } from './telemetry/log.js';

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
  readonly log: Pick<Log, 'warn'>;
  /** ms since the epoch. */
  readonly now: () => number;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export interface OpenedTeacher {
  readonly teacher: Teacher;
  readonly teacherModel: TeacherModel;
}

/**
 * Opens the teacher of a task, by its kind.
 *
 * @throws {InvalidConfigError} when it does not fit the task.
 * @throws {InvalidBundleError} when its model can not be trusted.
 */
export async function openTeacher(parts: TeacherParts): Promise<OpenedTeacher> {
  const { config, configDir, spec, provider } = parts;
  const { teacher: given } = config;
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
      const findExamples = examplesOf(parts, options);
      const teacher = openOpenaiTeacher(spec, options, { findExamples, now: parts.now });
      return { teacher, teacherModel: remoteModel(`${given.model} at ${hostOf(given.url)}`) };
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
function examplesOf({ spec, captureOpens, now }: TeacherParts, options: OpenaiOptions) {
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
