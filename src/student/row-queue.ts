import { CancelledError } from '../errors.js';
import type { Input } from '../task/task.js';
import type { Waiter } from './student.js';

/** Rows of one caller that go into one run. */
export interface RowJob {
  /** Place of its first row in the caller's request. */
  readonly firstRow: number;
  readonly inputs: readonly Input[];
  readonly waiter: Waiter | undefined;
  readonly resolve: (outputs: readonly Float32Array[]) => void;
  readonly reject: (error: Error) => void;
}

/** Who hung up does not read it: it is for those whose own time was too short. */
const gaveUp =
  'The rows still waited for the model when the timeoutMs of this request had passed. Raise it, ' +
  'or leave it out.';

const tooLate =
  'The rows could not have been answered any more within the timeoutMs of this request. Raise ' +
  'it, or leave it out.';

/**
 * Jobs that wait for a run, first come, first served. Those whose callers left are dropped, and
 * those that would end after their deadline: who waits behind them would miss his own for them.
 */
export class RowQueue {
  private jobs: RowJob[] = [];
  private waitingRows = 0;

  get rows(): number {
    return this.waitingRows;
  }

  get isEmpty(): boolean {
    return this.jobs.length === 0;
  }

  add(job: RowJob): void {
    this.jobs.push(job);
    this.waitingRows += job.inputs.length;
  }

  /**
   * Takes the jobs of one run: at least one, if there is one whose caller is there. How long a run
   * takes is an estimate, which only runs can correct: where all would end too late, one goes.
   *
   * @param runMs  ms of a run of so many rows.
   */
  take(rowsMax: number, runMs: (rows: number) => number): readonly RowJob[] {
    const taken: RowJob[] = [];
    const late: RowJob[] = [];
    let rows = 0;
    let seen = 0;
    for (const job of this.jobs) {
      const isGone = job.waiter?.aborted === true;
      const jobRows = job.inputs.length;
      // The size of runs may have shrunk since the job was cut to it: the first one goes anyhow.
      if (!isGone && rows > 0 && rows + jobRows > rowsMax) break;
      seen++;
      this.waitingRows -= jobRows;
      if (isGone) job.reject(new CancelledError(gaveUp));
      else if (isOver(job.waiter, () => runMs(rows + jobRows))) late.push(job);
      else {
        rows += jobRows;
        taken.push(job);
      }
    }
    this.jobs.splice(0, seen);
    if (taken.length === 0 && late.length > 0) taken.push(late.pop()!); // It has most time left.
    for (const job of late) job.reject(new CancelledError(tooLate));
    return taken;
  }

  /** Rows whose callers have gone make room for others. */
  dropCancelled(): void {
    const gone = this.jobs.filter(({ waiter }) => waiter?.aborted === true);
    if (gone.length === 0) return;
    this.jobs = this.jobs.filter(({ waiter }) => waiter?.aborted !== true);
    for (const { inputs, reject } of gone) {
      this.waitingRows -= inputs.length;
      reject(new CancelledError(gaveUp));
    }
  }
}

function isOver(waiter: Waiter | undefined, neededMs: () => number): boolean {
  const leftMs = waiter?.leftMs?.() ?? null;
  return leftMs !== null && leftMs < neededMs();
}
