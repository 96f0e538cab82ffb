import type { Capture, CaptureHealth } from '../../src/capture/capture.js';
import type { Policy } from '../../src/config/policy-schema.js';
import type { AnswerJson } from '../../src/http/api-types.js';
import { createPredict, type Predict, type PredictParts } from '../../src/predict.js';
import { askTeacher } from '../../src/serving/ask-teacher.js';
import type { PendingRow } from '../../src/serving/captured-row.js';
import { promiseInForce } from '../../src/serving/promise-in-force.js';
import type { KeyAccounts } from '../../src/serving/joint-budget.js';
import type { PromiseView } from '../../src/serving/promise-view.js';
import { unlimited, type Budget } from '../../src/serving/budget-account.js';
import type { TeacherBudget } from '../../src/serving/teacher-budget.js';
import { createRecentAnswers } from '../../src/serving/recent-answers.js';
import { createTaskBus } from '../../src/serving/task-bus.js';
import type { OnnxStudent } from '../../src/student/onnx-student.js';
import { createSlot } from '../../src/student/student-slot.js';
import { callerOf } from '../../src/task/caller.js';
import type { PredictRequest } from '../../src/task/task-service.js';
import type { Input } from '../../src/task/task.js';
import { FakeStudent } from '../fakes/fake-student.js';
import { FakeTeacher } from '../fakes/fake-teacher.js';
import { healthy, MemoryCapture } from '../fakes/memory-capture.js';
import { certifiedGuarantee } from './certified.js';
import { logitsOf, policy, square, squareTask } from './square-task.js';

/** Above and below a threshold of 0.9. The student says `dark`, the fake teacher `bright`. */
export const sure = (mark = 0): Input => square(0.99, mark);
export const unsure = (mark = 0): Input => square(0.6, mark);
/** The first pixel of a row is the student's confidence. */
export const confidentLogits = (pixels: Float32Array): Float32Array => logitsOf(0, pixels[0]!);
/** Drawn for nothing: neither holdout nor exploring, at any rate in use. */
export const undrawn = { inputHash: 'f'.repeat(32), holdout: 0.999, explore: 0.999 };

/** What the teacher may cost, as a test says it. */
export type FakeBudget = Budget & Partial<Pick<TeacherBudget, 'threshold' | 'holdoutRate'>>;

export const unlimitedBudget: FakeBudget = {
  ready: async () => {},
  reserve: unlimited,
};

export interface RigOptions {
  readonly threshold?: number | null;
  readonly policy?: Partial<Policy>;
  readonly student?: FakeStudent | null;
  readonly teacher?: FakeTeacher;
  readonly capture?: Capture;
  /** Default: the log takes rows. */
  readonly captureHealth?: CaptureHealth;
  readonly drawRow?: PredictParts['drawRow'];
  /** Default: that of a cold start. */
  readonly keptOutShare?: number;
  /** Of labels with a risk of their own. */
  readonly labelThresholds?: PromiseView['labelThresholds'];
  /** Default: there is room for every row. */
  readonly budget?: FakeBudget;
  /** What keys may spend; default: all. */
  readonly keyAccounts?: KeyAccounts;
  /** Answers known already; default: no cache. */
  readonly known?: PredictParts['known'];
  /** Default: `row`. */
  readonly idPrefix?: string;
}

/** One task's path of a request, built from fakes. */
export function openPredictRig(options: RigOptions = {}) {
  const student =
    options.student === undefined ? new FakeStudent(confidentLogits) : options.student;
  const teacher = options.teacher ?? new FakeTeacher();
  const memory = new MemoryCapture();
  const slot = createSlot<OnnxStudent>();
  if (student !== null) void slot.swap(student);
  const guarantee = certifiedGuarantee(options.threshold === undefined ? 0.9 : options.threshold, {
    policy: { ...policy, ...options.policy },
  });
  const later: PendingRow[] = [];
  const bus = createTaskBus();
  const recent = createRecentAnswers(1_000_000);
  let ids = 0;
  const capture = options.capture ?? memory;
  const budget = options.budget ?? unlimitedBudget;
  const inForce = promiseInForce({
    guarantee,
    budget: { threshold: null, holdoutRate: 0.1, ...budget },
    keptOut: { share: options.keptOutShare ?? guarantee.policy.coldHoldoutRate },
  });
  const promise =
    options.labelThresholds === undefined
      ? inForce
      : { ...inForce, labelThresholds: options.labelThresholds };
  const newId = (): string => `${options.idPrefix ?? 'row'}-${ids++}`;
  const inLog = new Set<string>();
  const labeller = {
    add: (row: PendingRow) => void (inLog.has(row.id) || later.push(row)),
    expect: (id: string) => void inLog.add(id),
  };
  const keyAccounts = options.keyAccounts ?? {
    ready: async () => {},
    reserve: (_key: unknown, rows: number) => unlimitedBudget.reserve(rows, 'answer'),
  };
  const asking = {
    ...{ spec: squareTask, teacher, capture, promise, bus, budget, labeller, newId },
    ...{ keyAccounts, captureHealth: options.captureHealth ?? healthy },
  };
  const predict = createPredict({
    spec: squareTask,
    slot,
    teacherName: teacher.name,
    escalate: (drafts, context) => askTeacher(asking, drafts, context),
    promise,
    labeller,
    bus,
    known: options.known ?? null,
    recent,
    drawRow: options.drawRow ?? (() => undrawn),
    studentCostPerRowUsd: ({ runMs }) => runMs / 1000,
    now: () => 1_700_000_000_000,
    newId,
  });
  return { predict, teacher, capture: memory, slot, guarantee, later, bus, recent };
}

/** Asks for rows as a caller would who says nothing special. */
export function ask(
  predict: Predict,
  inputs: readonly Input[],
  changes: Partial<PredictRequest> = {},
  signal = new AbortController().signal,
): Promise<readonly AnswerJson[]> {
  const request: PredictRequest = {
    inputs,
    route: 'auto',
    timeoutMs: null,
    hasProbabilities: false,
    client: 'shop',
    subject: null,
    isStored: true,
    preprocessMs: 0.5,
    ...changes,
  };
  return predict(request, callerOf(signal));
}
