import type { OverloadedError } from '../errors.js';
import type { OnnxStudent } from '../student/onnx-student.js';
import type { Slot } from '../student/student-slot.js';
import type { TaskBus } from './task-bus.js';

/** Why the student would refuse a request now, before anybody has read it; or null. */
export function refusalOf(slot: Slot<OnnxStudent>, bus: TaskBus): OverloadedError | null {
  const refused = slot.peek()?.limit.refusal() ?? null;
  if (refused !== null) bus.emit('refused', 1); // How many rows it has, nobody has looked.
  return refused;
}
