import type { Input } from '../../task/task.js';
import { mayBeBilled } from '../call-failure.js';
import { costOf, type Bill, type Teacher, type TeacherAnswer } from '../teacher.js';
import { BillMeter, nothingBilled } from './bill-meter.js';
import { labelKeeping, type RowAnswers } from './row-answers.js';

/** One attempt under way. */
export interface AskedRows {
  /** Resolves when each row has its answer. */
  readonly done: Promise<void>;
  /** What may be on the bill of it, by how it has ended: null for well. */
  bill(error: unknown): Bill;
}

/** Asks a teacher about the rows without an answer. @param rowUsd  what one costs at most. */
export function askMetered(
  teacher: Pick<Teacher, 'label' | 'isMetered'>,
  { inputs, answers }: { readonly inputs: readonly Input[]; readonly answers: RowAnswers },
  { signal, rowUsd }: { readonly signal: AbortSignal; readonly rowUsd: number },
): AskedRows {
  const rows = answers.missing();
  const meter = new BillMeter();
  const keep = (index: number, answer: TeacherAnswer): void => answers.keep(rows[index]!, answer);
  let givenUsd = 0;
  async function label(): Promise<void> {
    const asked = rows.map((row) => inputs[row]!);
    givenUsd = costOf(await labelKeeping(teacher, asked, { signal, context: { meter }, keep }));
  }
  return {
    done: label(),
    bill(error) {
      if (teacher.isMetered === true) return meter.bill();
      if (error === null) return { rows: rows.length, usd: givenUsd };
      const most = { rows: rows.length, usd: rows.length * rowUsd };
      return mayBeBilled(error) ? most : nothingBilled;
    },
  };
}
