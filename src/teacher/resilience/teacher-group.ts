import { GatewayError, CancelledError, InvalidInputError } from '../../errors.js';
import type { Input } from '../../task/task.js';
import { mayBeBilled } from '../call-failure.js';
import {
  priceMaxOf,
  rowPriceMaxOf,
  type CallContext,
  type Teacher,
  type TeacherAnswer,
} from '../teacher.js';
import { labelKeeping, RowAnswers } from './row-answers.js';

export interface GroupMember {
  readonly teacher: Teacher;
  /** Share of the calls, beside the others' weights; null: they are asked in their order. */
  readonly weight: number | null;
}

/**
 * Several teachers as one: asked in their order, or drawn by weight for each call; where one can
 * not be used the next is asked about the rows that have no answer yet, while there is time and
 * money. Each answer says who gave it.
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

  async function label(
    inputs: readonly Input[],
    signal?: AbortSignal,
    context: CallContext = {},
  ): Promise<readonly TeacherAnswer[]> {
    const answers = new RowAnswers(inputs.length, context.answered);
    const errors: unknown[] = [];
    for (const teacher of isWeighted ? drawnOrder(members, draw) : inOrder(members)) {
      const by = { name: teacher.name, version: teacher.version };
      const rows = answers.missing();
      const keep = (index: number, answer: TeacherAnswer): void =>
        answers.keep(rows[index]!, { ...answer, by });
      const asked = rows.map((row) => inputs[row]!);
      try {
        await labelKeeping(teacher, asked, { signal, context, keep });
        return answers.known();
      } catch (error) {
        errors.push(error);
        if (!mayAskOthers(error, signal)) break;
      }
    }
    throw tellingOf(errors);
  }

  return {
    name,
    version,
    ...groupPricesOf(members),
    label,
    async close() {
      await Promise.all(members.map(({ teacher }) => teacher.close()));
    },
  };
}

/** Who is asked is not known before, nor who stands in: the dearest of them has room. */
function groupPricesOf(members: readonly GroupMember[]) {
  const teachers = members.map(({ teacher }) => teacher);
  const rowUsdMax = async (inputs: readonly Input[]): Promise<number> =>
    Math.max(...(await Promise.all(teachers.map((one) => rowPriceMaxOf(one, inputs)))));
  return {
    costPerRowUsd: teachers[0]!.costPerRowUsd,
    costPerRowUsdMax: groupPriceOf(members),
    ...(teachers.some((one) => one.rowUsdMax !== undefined) ? { rowUsdMax } : {}),
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

/** The last one of a teacher that was asked. */
const tellingOf = (errors: readonly unknown[]): unknown =>
  errors.findLast(mayBeBilled) ?? errors[0];
