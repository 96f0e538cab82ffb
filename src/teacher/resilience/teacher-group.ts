import { GatewayError, CancelledError, InvalidInputError } from '../../errors.js';
import type { Input } from '../../task/task.js';
import { mayBeBilled } from '../call-failure.js';
import { priceMaxOf, type CallContext, type Teacher, type TeacherAnswer } from '../teacher.js';
import { createFurtherPayments } from './further-payments.js';

export interface GroupMember {
  readonly teacher: Teacher;
  /** Share of the calls, beside the others' weights; null: they are asked in their order. */
  readonly weight: number | null;
}

/**
 * Several teachers as one: asked in their order, or drawn by weight for each call; where one can
 * not be used the next is asked, while there is time and money. Each answer says who gave it.
 *
 * The group has the name and the version of the first one, which is the one that students are held
 * against: answers of another version are no evidence of it (`serving/captured-row.ts`).
 *
 * @param members  at least one; all with a weight, or none.
 * @param draw     uniform in [0, 1).
 */
export function createTeacherGroup(members: readonly GroupMember[], draw: () => number): Teacher {
  const [first] = members;
  if (first === undefined) throw new RangeError('A group has one teacher at least.');
  if (members.length === 1) return first.teacher;
  const { name, version } = first.teacher;
  const isWeighted = first.weight !== null;
  const paidUsd = groupPriceOf(members);

  async function label(
    inputs: readonly Input[],
    signal?: AbortSignal,
    context: CallContext = {},
  ): Promise<readonly TeacherAnswer[]> {
    const payments = createFurtherPayments(context.purse, { rows: inputs.length, paidUsd });
    const errors: unknown[] = [];
    for (const teacher of isWeighted ? drawnOrder(members, draw) : inOrder(members)) {
      if (!payments.payFor(priceMaxOf(teacher))) continue;
      try {
        const answers = await teacher.label(inputs, signal, context);
        payments.answered();
        const by = { name: teacher.name, version: teacher.version };
        return answers.map((answer) => ({ ...answer, by }));
      } catch (error) {
        if (mayBeBilled(error)) payments.billed(priceMaxOf(teacher));
        errors.push(error);
        if (!mayAskOthers(error, signal)) break;
      }
    }
    payments.failed();
    throw tellingOf(errors);
  }

  return {
    name,
    version,
    costPerRowUsd: first.teacher.costPerRowUsd,
    costPerRowUsdMax: paidUsd,
    label,
    async close() {
      await Promise.all(members.map(({ teacher }) => teacher.close()));
    },
  };
}

/** What a row is paid with before it is known who is asked: US dollars. */
export function groupPriceOf(members: readonly GroupMember[]): number {
  const prices = members.map(({ teacher }) => priceMaxOf(teacher));
  return members[0]?.weight === null ? prices[0]! : Math.max(...prices);
}

const inOrder = (members: readonly GroupMember[]): readonly Teacher[] =>
  members.map(({ teacher }) => teacher);

/** By weight, without repetition: who comes later stands in. */
function drawnOrder(members: readonly GroupMember[], draw: () => number): readonly Teacher[] {
  const left = [...members];
  const order: Teacher[] = [];
  while (left.length > 0) {
    let point = draw() * left.reduce((sum, { weight }) => sum + weight!, 0);
    const at = left.findIndex(({ weight }) => (point -= weight!) < 0);
    order.push(...left.splice(Math.max(0, at), 1).map(({ teacher }) => teacher));
  }
  return order;
}

/** Not for a caller who is gone, for what he must mend himself, nor for mistakes of ours. */
const mayAskOthers = (error: unknown, signal: AbortSignal | undefined): boolean =>
  error instanceof GatewayError &&
  !(error instanceof CancelledError || error instanceof InvalidInputError) &&
  signal?.aborted !== true;

/** What the bill of the first payment goes by: the last one that may be on it. */
const tellingOf = (errors: readonly unknown[]): unknown =>
  errors.findLast(mayBeBilled) ?? errors[0];
