import type { OnnxStudent } from '../student/onnx-student.js';
import type { Slot } from '../student/student-slot.js';
import type { SavedAccount } from './budget-account.js';
import { groupPriceOf } from '../teacher/resilience/teacher-group.js';
import { servedView } from './followers.js';
import { Guarantee } from './guarantee.js';
import type { SavedGuarantee } from './guarantee-memory.js';
import { watchInputs } from './input-watch.js';
import { promiseInForce } from './promise-in-force.js';
import type { PromiseView } from './promise-view.js';
import type { TaskBus } from './task-bus.js';
import type { TaskParts } from './task-parts.js';
import { TeacherBudget } from './teacher-budget.js';

/** What decides who answers: the guarantee, the teacher's budget, and what is in force of them. */
export interface OpenPromise {
  readonly guarantee: Guarantee;
  readonly budget: TeacherBudget;
  readonly promise: PromiseView;
}

/** Opens them with what was saved, and shows every change to the processes that follow. */
export async function openPromise(
  parts: TaskParts,
  { bus, slot }: { readonly bus: TaskBus; readonly slot: Slot<OnnxStudent> },
): Promise<OpenPromise> {
  const [saved, savedBudget] = [await parts.guaranteeFile.read(), await parts.budgetFile.read()];
  let promise: PromiseView | null = null;
  const onChange = (): void => {
    if (promise !== null) parts.followers.show(servedView(slot, promise));
  };
  const guarantee = createGuarantee(parts, { bus, saved, onChange });
  const budget = createBudget(parts, { bus, guarantee, savedBudget, onChange });
  const { keptOut, now } = parts;
  promise = promiseInForce({ guarantee, budget, keptOut });
  watchInputs(bus, { slot, guarantee, labels: parts.spec.labels, now });
  releaseOnceCertified(parts, { bus, guarantee, onChange });
  return { guarantee, budget, promise };
}

function createGuarantee(
  parts: TaskParts,
  { bus, saved, onChange }: { bus: TaskBus; saved: SavedGuarantee | null; onChange: () => void },
): Guarantee {
  return new Guarantee({
    policy: parts.policy,
    labels: parts.spec.labels,
    saved,
    now: parts.now,
    save: (state) => {
      parts.guaranteeFile.write(state).catch((err: unknown) => {
        parts.log.error('guarantee-unsaved', { task: parts.spec.name, err });
      });
    },
    onEvent: (event) => void bus.emit('guarantee', event),
    onChange,
  });
}

/**
 * Before the first certificate the teacher answers everything, and much is held out at no cost.
 * After it fewer inputs must be kept out: those that would be held out after an alarm.
 */
function releaseOnceCertified(
  { keptOut, log, spec }: TaskParts,
  context: {
    readonly bus: TaskBus;
    readonly guarantee: Guarantee;
    readonly onChange: () => void;
  },
): void {
  const { bus, guarantee, onChange } = context;
  bus.on('guarantee', ({ kind }) => {
    if (kind !== 'certificate-won') return;
    const { recoveryHoldoutRate, holdoutRate } = guarantee.policy;
    keptOut.lower(Math.max(recoveryHoldoutRate, holdoutRate)).then(onChange, (err: unknown) => {
      log.error('draw-unsaved', { task: spec.name, err });
    });
  });
}

/** The budget goes by what the policy decided lately, in whatever process. */
function createBudget(
  { teachers, budgetFile, spec, log, now }: TaskParts,
  context: {
    readonly bus: TaskBus;
    readonly guarantee: Guarantee;
    readonly savedBudget: SavedAccount | null;
    readonly onChange: () => void;
  },
): TeacherBudget {
  const { bus, guarantee, savedBudget, onChange } = context;
  const budget = new TeacherBudget({
    policy: () => guarantee.policy,
    costPerRowUsd: groupPriceOf(teachers),
    saved: savedBudget,
    save: (account) => budgetFile.write(account),
    onUnsaved: (err) => log.error('budget-unsaved', { task: spec.name, err }),
    now,
    onChange,
  });
  bus.on('tallied', ({ decidedRows, confidences }) => {
    if (guarantee.policy.mode === 'budget') budget.saw({ rows: decidedRows, confidences });
  });
  return budget;
}
