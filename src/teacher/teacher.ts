import type { Input } from '../task/task.js';

/** Which teacher, and in which state: labels of one version have one meaning. */
export interface TeacherIdentity {
  readonly name: string;
  readonly version: string;
}

export interface TeacherAnswer {
  /** Index of the teacher's label in the task's labels. */
  readonly label: number;
  /** [classes] float64 summing to 1, or null when the teacher gives only a label. */
  readonly probabilities: Float64Array | null;
  /** Price of this call in US dollars, >= 0. */
  readonly costUsd: number;
  /** What a language model has read and written for it; absent where nobody says. */
  readonly usage?: TokenUsage;
  /** Who has given it, where that may be another one than was asked; absent: who was asked. */
  readonly by?: TeacherIdentity;
  /** An equal input was at the teacher at that moment: both got one answer, paid once. */
  readonly isShared?: true;
}

/** Tokens, of all requests that one answer took. */
export interface TokenUsage {
  readonly inputTokens: number;
  /** Of these, those that the server had in its cache. */
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
}

/** What of an attempt is on the bill of a teacher's server, or may be. */
export interface Bill {
  readonly rows: number;
  readonly usd: number;
}

/** Money for one attempt at rows. Settle it once. */
export interface Payment {
  settle(bill: Bill): void;
}

/** Pays for every attempt, by whatever teacher: with what was set aside for the call, then more. */
export interface Purse {
  /** What was set aside for each row, US dollars. */
  readonly rowUsd: number;
  /** @returns null where there is no money for all of these rows. */
  pay(rows: number, costPerRowUsd: number): Payment | null;
}

/** Hears what the requests of one attempt cost, while they are under way. */
export interface Meter {
  /**
   * A request goes out now, and may be on the bill.
   *
   * @returns what must be called when its cost is known, US dollars; null: nobody bills it. Until
   *          then it costs the most.
   */
  open(rows: number, usdMax: number): (costUsd: number | null) => void;
}

/** What a call may know of whoever waits for it. */
export interface CallContext {
  /** What is left of his time, ms; null where it has no end. */
  readonly leftMs?: () => number | null;
  /** Absent: nothing limits what the teacher costs. */
  readonly purse?: Purse;
  /** Nothing of what he asks is kept: failures must not repeat it, they are logged. */
  readonly isDiscreet?: boolean;
  /** For a single attempt: who makes it pays for what the meter says. */
  readonly meter?: Meter;
  /** Hears answers as soon as they are there, each once: a call that fails leaves them. */
  readonly answered?: (row: number, answer: TeacherAnswer) => void;
}

/** The port of a teacher: slow, priced, and sometimes not there. */
export interface Teacher extends TeacherIdentity {
  /** `version` changes when the teacher would answer differently: a checksum for a local model. */
  readonly version: string;
  /** Price of one row in US dollars, used for what was avoided. */
  readonly costPerRowUsd: number;
  /** What one row costs at most, where that can be more; budgets reserve it. */
  readonly costPerRowUsdMax?: number;
  /**
   * What the dearest of some rows can cost, where that hangs on them: budgets reserve so much for
   * each. Called before the rows are asked about.
   */
  readonly rowUsdMax?: (inputs: readonly Input[]) => Promise<number>;
  /** It tells the meter of a call all that may be billed; others are judged by how a call ends. */
  readonly isMetered?: true;
  /**
   * Labels rows, in their order. All rows are answered, or the call fails: what it leaves
   * then is what `context.answered` has heard.
   *
   * @param inputs   [batch], as they came. Not modified.
   * @param signal   aborts the call: the caller's deadline or hang-up.
   * @param context  a single attempt can leave it aside, but for the meter where it is metered.
   * @throws {TeacherTimeoutError} when there was no answer in time.
   * @throws {TeacherFailedError} when the teacher failed or gave something that is not an answer;
   *         `details.retryAfterMs`: when it wants to be asked again, `details.status`: HTTP's.
   * @throws {TeacherUnavailableError} when it is left alone for a while.
   * @throws {OverloadedError} when its bounded queue is full.
   */
  label(
    inputs: readonly Input[],
    signal?: AbortSignal,
    context?: CallContext,
  ): Promise<readonly TeacherAnswer[]>;
  close(): Promise<void>;
}

/** What answers cost, US dollars. */
export const costOf = (answers: readonly Pick<TeacherAnswer, 'costUsd'>[]): number =>
  answers.reduce((sum, { costUsd }) => sum + costUsd, 0);

/** What a budget reserves for a row, whatever is in it. */
export const priceMaxOf = ({ costPerRowUsd, costPerRowUsdMax }: PricesOf): number =>
  costPerRowUsdMax ?? costPerRowUsd;

/** What a budget reserves for each of these rows. */
export async function rowPriceMaxOf(teacher: PricesOf, inputs: readonly Input[]): Promise<number> {
  const usual = priceMaxOf(teacher);
  return teacher.rowUsdMax === undefined ? usual : Math.max(usual, await teacher.rowUsdMax(inputs));
}

type PricesOf = Pick<Teacher, 'costPerRowUsd' | 'costPerRowUsdMax' | 'rowUsdMax'>;

/** The prices of a teacher, for one that stands before it. */
export const pricesOf = ({ costPerRowUsd, costPerRowUsdMax, rowUsdMax }: PricesOf): PricesOf => ({
  costPerRowUsd,
  ...(costPerRowUsdMax === undefined ? {} : { costPerRowUsdMax }),
  ...(rowUsdMax === undefined ? {} : { rowUsdMax }),
});
