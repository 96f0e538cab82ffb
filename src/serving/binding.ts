import { createHash } from 'node:crypto';
import type { Policy } from '../config/task-config.js';
import type { OnnxStudent } from '../student/onnx-student.js';
import type { TaskSpec } from '../task/task.js';
import type { Teacher } from '../teacher/teacher.js';

/**
 * Names what a threshold speaks of: student, preprocessing, labels, teacher and target. When one of
 * them changes the name changes, and the threshold is stale (ALGORITHMS: what a threshold is bound
 * to).
 */
export function bindingOf(parts: {
  readonly spec: TaskSpec;
  readonly student: OnnxStudent;
  readonly teacher: Teacher;
  readonly policy: Policy;
}): string {
  const { spec, student, teacher, policy } = parts;
  const bound = {
    student: student.manifest.model.sha256,
    temperature: student.manifest.calibration.temperature,
    input: spec.input,
    labels: spec.labels,
    teacher: [teacher.name, teacher.version],
    target: [policy.riskMax, policy.delta],
  };
  return createHash('sha256').update(JSON.stringify(bound)).digest('hex');
}
