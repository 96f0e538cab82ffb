import { createHash } from 'node:crypto';
import type { CapturedRow } from '../../src/capture/capture.js';
import type { LabelledInput } from '../../src/task/labelled-inputs.js';
import type { TaskSpec } from '../../src/task/task.js';
import { encodeText } from '../../src/task/text-codec.js';
import { capturedRow } from './captured-row.js';

/** A task that a small text student learns in a second: what a customer writes about. */
export const ordersTask = {
  name: 'orders',
  title: 'Orders',
  input: { kind: 'text', charsMax: 200 },
  labels: ['card', 'parcel', 'refund', 'login'],
} as const satisfies TaskSpec;

const openings = ['please help', 'hello', 'i wonder', 'since monday', 'quick question', 'again'];
const words = [
  ['credit card', 'visa', 'card number', 'my card', 'expiry date'],
  ['parcel', 'delivery', 'package', 'courier', 'tracking'],
  ['refund', 'money back', 'return it', 'repaid', 'overcharged'],
  ['log in', 'password', 'sign in', 'locked out', 'two factor code'],
] as const;
const endings = ['does not work', 'is late', 'what now', 'thanks', 'today', 'can you check'];

export const textOf = (label: number, draw: () => number): string => {
  const one = (from: readonly string[]): string => from[Math.floor(draw() * from.length)]!;
  return `${one(openings)}, ${one(words[label]!)} ${one(endings)} ${Math.floor(draw() * 1000)}`;
};

/** Draws texts and the label of each; no distribution. */
export function drawOrders(count: number, draw: () => number): LabelledInput[] {
  return Array.from({ length: count }, () => {
    const label = Math.floor(draw() * ordersTask.labels.length);
    return { input: encodeText(textOf(label, draw)), label, probabilities: null };
  });
}

/** A text as the log keeps it, labelled by a teacher that gives its label alone. */
export const capturedOrder = (
  { input, label }: LabelledInput,
  index: number,
  changes: Partial<CapturedRow> = {},
): CapturedRow =>
  capturedRow({
    id: `row-${index}`,
    task: ordersTask.name,
    createdMs: index + 1,
    input,
    inputHash: createHash('sha256').update(input).digest('hex').slice(0, 32),
    teacherLabel: label,
    teacherProbabilities: null,
    teacherVersion: 'v0-teacher',
    ...changes,
  });
