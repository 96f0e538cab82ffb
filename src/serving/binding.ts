import { createHash } from 'node:crypto';
import type { OnnxStudent } from '../student/onnx-student.js';
import type { TaskSpec } from '../task/task.js';
import type { Teacher } from '../teacher/teacher.js';

/**
 * Names what a threshold speaks of, its target apart: student, preprocessing, labels and teacher.
 * When one of them changes the name changes, and the threshold is stale: its test speaks of one
 * rule on one distribution (Angelopoulos et al. 2021, "Learn then Test", arXiv:2110.01052).
 */
export function bindingOf(parts: {
  readonly spec: TaskSpec;
  readonly student: OnnxStudent;
  readonly teacher: Teacher;
}): string {
  const { spec, student, teacher } = parts;
  const bound = {
    student: student.manifest.model.sha256,
    calibration: student.manifest.calibration,
    input: spec.input,
    preprocess: student.manifest.preprocess,
    output: [student.manifest.model.outputName, student.manifest.output.kind],
    files: student.manifest.files.map(({ sha256 }) => sha256),
    labels: spec.labels,
    teacher: [teacher.name, teacher.version],
  };
  return createHash('sha256').update(JSON.stringify(bound)).digest('hex');
}
