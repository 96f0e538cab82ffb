import { resolve } from 'node:path';
import { ofModel, requireFit } from './compose-model.js';
import type { TaskConfig } from './config/task-config.js';
import type { ExecutionProvider } from './onnx/execution-provider.js';
import { readBundle } from './registry/read-bundle.js';
import type { TeacherModel } from './serving/task-parts.js';
import type { TaskSpec } from './task/task.js';
import { openLabelsTeacher } from './teacher/labels-teacher.js';
import { openOnnxTeacher } from './teacher/onnx-teacher.js';
import type { Teacher } from './teacher/teacher.js';

export interface TeacherParts {
  readonly config: TaskConfig;
  /** Paths in `config` are relative to it. */
  readonly configDir: string;
  readonly spec: TaskSpec;
  /** What a local model runs on. */
  readonly provider: ExecutionProvider;
}

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
export async function openTeacher({
  config,
  configDir,
  spec,
  provider,
}: TeacherParts): Promise<OpenedTeacher> {
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
  }
}
