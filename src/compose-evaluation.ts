import { join, resolve } from 'node:path';
import { openCapture, prepareLog, type LogSettings } from './compose-capture.js';
import { openPolicy } from './compose-policy.js';
import type { TaskSource } from './compose.js';
import { teacherOf, type TeacherConfig } from './config/teacher-schema.js';
import { compareVersions } from './distillation/compare-versions.js';
import { createJsonFile } from './files/json-file.js';
import type { EvaluationDetailsJson } from './http/api-types-evaluation.js';
import { readManifest } from './registry/read-bundle.js';
import type { SavedGuarantee } from './serving/guarantee-memory.js';
import { savedGuaranteeSchema } from './serving/saved-guarantee-schema.js';
import { readLabelledInputs, type LabelledInput } from './task/labelled-inputs.js';
import type { TaskSpec } from './task/task.js';
import { httpVersionOf } from './teacher/http/http-teacher.js';
import { openLabelsTeacher } from './teacher/labels-teacher.js';
import { oipVersionOf } from './teacher/oip/oip-teacher.js';
import { openaiVersionOf } from './teacher/openai/openai-teacher.js';

/** Where the student versions of a task lie. */
export const studentsDirOf = (dataDir: string, task: string): string =>
  join(dataDir, 'tasks', task, 'students');

/**
 * Compares two versions of a task's student, in this process, on the files of a data directory. It
 * only reads: a gateway may be at work on them.
 *
 * @param versions  the student in question, and the one that it is held against.
 */
export async function compareOnDisk(
  { config, dir: configDir }: TaskSource,
  settings: LogSettings,
  versions: { readonly student: string; readonly other: string },
): Promise<EvaluationDetailsJson> {
  const { name, title, input, labels } = config;
  const task: TaskSpec = { name, title, input, labels };
  const { dataDir } = settings;
  const taskDir = join(dataDir, 'tasks', name);
  const advice = 'Restore it from a backup.';
  const guaranteeFile = createJsonFile<SavedGuarantee>(join(taskDir, 'guarantee.json'), {
    ...{ advice, schema: savedGuaranteeSchema },
  });
  const { riskMax, delta } = (await openPolicy(taskDir, config.policy)).policy;
  const rowsOf = async (file: string | null): Promise<readonly LabelledInput[]> =>
    file === null ? [] : readLabelledInputs(resolve(configDir, file), task);
  const teacherVersion = await teacherVersionOf(teacherOf(config), configDir, task);
  const capture = await openCapture((await prepareLog(settings)).place, () => new Date().getTime());
  try {
    return await compareVersions({
      ...{ task, target: { riskMax, delta }, capture, teacherVersion },
      studentDir: join(studentsDirOf(dataDir, name), versions.student),
      otherDir: join(studentsDirOf(dataDir, name), versions.other),
      evidenceAfterMs: (await guaranteeFile.read())?.evidenceAfterMs ?? 0,
      goldenRows: await rowsOf(config.golden),
      seedRows: await rowsOf(config.seedRows),
    });
  } finally {
    await capture.close();
  }
}

/** As the log has it, without loading a model. */
async function teacherVersionOf(
  teacher: TeacherConfig,
  configDir: string,
  spec: TaskSpec,
): Promise<string> {
  switch (teacher.kind) {
    case 'onnx':
      return (await readManifest(resolve(configDir, teacher.bundle))).version;
    case 'labels': {
      const file = resolve(configDir, teacher.file);
      return (await openLabelsTeacher(spec, { ...teacher, file })).teacher.version;
    }
    case 'http':
      return httpVersionOf(teacher);
    case 'openai':
      return openaiVersionOf(teacher);
    case 'oip':
      return oipVersionOf(teacher);
  }
}
