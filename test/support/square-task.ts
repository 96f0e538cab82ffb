import type { Policy } from '../../src/config/policy-schema.js';
import type { ImageTask } from '../../src/distillation/image-task.js';
import type { Input } from '../../src/task/task.js';
import { pixelInput } from './inputs.js';

/** A task small enough to write its inputs down: images of 2x2, two labels. */
export const squareTask: ImageTask = {
  name: 'squares',
  title: 'Squares',
  input: { kind: 'image', width: 2, height: 2, channels: 1 },
  labels: ['dark', 'bright'],
};

/** Five in six of the holdout inputs certify: `Guarantee` and its tests see those alone. */
export const policy: Policy = {
  mode: 'risk',
  teacherBudget: null,
  riskMax: 0.05,
  delta: 0.1,
  labels: {},
  holdoutRate: 0.1,
  coldHoldoutRate: 0.3,
  recoveryHoldoutRate: 0.3,
  exploreRate: 0.02,
  reaskRate: 0,
  onTeacherFailure: 'degraded',
};

/** A row whose first pixel is `brightness`; the others tell rows apart. */
export const square = (brightness: number, mark = 0): Input => pixelInput(brightness, mark, 0, 0);

/** Logits whose softmax gives `label` the probability `confidence`. */
export function logitsOf(label: 0 | 1, confidence: number): Float32Array {
  const logit = Math.log(confidence / (1 - confidence));
  return label === 0 ? Float32Array.of(logit, 0) : Float32Array.of(0, logit);
}
