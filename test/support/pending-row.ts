import type { PendingRow } from '../../src/serving/captured-row.js';
import { logitsOf, square } from './square-task.js';

/** A sure holdout row of the squares task that waits for its label; `mark` is its second pixel. */
export const pendingRow = (mark: number, changes: Partial<PendingRow> = {}): PendingRow => ({
  id: `row-${mark}`,
  task: 'squares',
  source: 'traffic',
  createdMs: 1_700_000_000_000 + mark,
  input: square(0.99, mark),
  inputKept: 'full',
  inputHash: `hash-${mark}`,
  route: 'student',
  reason: 'confident',
  isHoldout: true,
  isTrainable: false,
  propensity: 0.118,
  holdoutRate: 0.1,
  studentVersion: 'v1-00000001',
  studentLogits: logitsOf(0, 0.99),
  studentLabel: 0,
  studentLatencyMs: 0.75,
  confidence: 0.99,
  threshold: 0.9,
  client: 'shop',
  subject: null,
  ...changes,
});
