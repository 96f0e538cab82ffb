import type { Input } from '../task/task.js';
import { rowPriceMaxOf, type Teacher } from '../teacher/teacher.js';
import type { Budget } from './budget-account.js';
import { purseOf, type CallPurse } from './purse-of.js';
import type { TaskBus } from './task-bus.js';

/** Sets money aside for labels that nobody waits for: for as many rows, from the first, as fit. */
export async function openLabelPurse(
  {
    teacher,
    budget,
    bus,
  }: { readonly teacher: Teacher; readonly budget: Budget; readonly bus: TaskBus },
  inputs: readonly Input[],
): Promise<{ readonly rows: number; readonly purse: CallPurse }> {
  const rowUsd = await rowPriceMaxOf(teacher, inputs);
  await budget.ready(inputs.length, rowUsd);
  const reservation = budget.reserve(inputs.length, 'label', rowUsd);
  const onVain = (usd: number): void => void bus.emit('paidInVain', usd);
  const purse = purseOf(budget, { purpose: 'label', rowUsd, reservation, onVain });
  return { rows: reservation.rows, purse };
}
