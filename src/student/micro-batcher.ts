import { InvalidModelOutputError, OverloadedError } from '../errors.js';
import type { ModelRunner, RowResult } from '../model/model-runner.js';
import { Stopwatch } from '../model/stopwatch.js';
import type { Input } from '../task/task.js';
import type { Waiter } from './student.js';
import { createDrainTime, type DrainTime } from './drain-time.js';
import { RowQueue, type RowJob } from './row-queue.js';

export interface BatcherLimits {
  /** Rows of the next model run; a request with more is cut into several. Asked for each run. */
  readonly runRowsMax: () => number;
  /** Rows that may wait; more are refused. */
  readonly queueRowsMax: number;
  /** Ms of a run of so many rows, where it is measured; else it is learnt from the runs. */
  readonly runMs?: (rows: number) => number;
  /** Told of each run that has ended: its rows and how long the model was at work, ms. */
  readonly onRun?: (rows: number, ms: number) => void;
  /** A clock that never goes back. */
  readonly nowMs?: () => number;
}

export interface MicroBatcher {
  /** As `Student.predict`. */
  predict(inputs: readonly Input[], waiter?: Waiter): Promise<readonly Float32Array[]>;
  /** Rows that wait for a run. */
  queuedRows(): number;
  /** Rows that wait, or run now. */
  readonly aheadRows: () => number;
  /** Ms that a row takes while others wait behind it, at the present speed; 0 if not yet known. */
  readonly rowMs: () => number;
  /** Resolves when nothing waits and nothing runs. */
  idle(): Promise<void>;
}

/**
 * Rows that wait for a model on the event loop are run, and answered, for so long, ms; then it is
 * the sockets' turn. `npm run bench -- --only event-loop-encoder` holds the loop to 10 ms.
 */
const inlineMsMax = 5;
/**
 * Who needs more than this share of his time, by the mean of the runs, is refused at once: with all
 * of it, half of those let in would be late.
 */
const timeShareMax = 0.8;

/**
 * Lets rows of concurrent requests share one model run. There is no fixed delay: a run starts as
 * soon as a lane of the runner is free, with whatever arrived meanwhile, so a lone request never
 * waits for company and a busy gateway fills its batches by itself.
 */
export function createMicroBatcher(runner: ModelRunner, limits: BatcherLimits): MicroBatcher {
  const { runRowsMax, queueRowsMax, nowMs = () => performance.now() } = limits;
  const drain = createDrainTime({ cost: limits.runMs, runRows: runRowsMax, lanes: runner.lanes });
  const queue = new RowQueue();
  let runningRows = 0;
  let busyLanes = 0;
  let idleWaiters: (() => void)[] = [];

  const aheadRows = (): number => queue.rows + runningRows;

  async function pump(): Promise<void> {
    busyLanes++;
    await new Promise(setImmediate); // Requests parsed in this turn of the loop join the first run.
    let turnMs = nowMs();
    let takenMs = turnMs;
    while (!queue.isEmpty) {
      const jobs = queue.take(runRowsMax(), drain.runMs);
      if (jobs.length === 0) continue;
      const rows = jobs.reduce((sum, { inputs }) => sum + inputs.length, 0);
      runningRows += rows;
      await runJobs(jobs, runner, limits.onRun);
      runningRows -= rows;
      let endedMs = nowMs();
      if (runner.kind === 'inline' && endedMs - turnMs >= inlineMsMax) {
        await new Promise(setImmediate);
        turnMs = endedMs = nowMs();
      }
      drain.observe(rows, endedMs - takenMs);
      takenMs = endedMs;
    }
    busyLanes--;
    if (busyLanes > 0) return;
    for (const wake of idleWaiters) wake();
    idleWaiters = [];
  }

  function enqueue({
    inputs,
    waiter,
    firstRow,
  }: Omit<RowJob, 'resolve' | 'reject'>): Promise<readonly Float32Array[]> {
    return new Promise((resolve, reject) => {
      queue.add({ inputs, waiter, firstRow, resolve, reject });
      if (busyLanes < runner.lanes) void pump();
    });
  }

  return {
    predict(inputs, waiter) {
      const refused = refusalOf(inputs.length, waiter, { queue, queueRowsMax, aheadRows, drain });
      if (refused !== null) return Promise.reject(refused);
      const rowsMax = runRowsMax();
      // Nearly every request is this; the parts of larger ones cost 4 microseconds more.
      const isOneRun = inputs.length > 0 && inputs.length <= rowsMax;
      return isOneRun
        ? enqueue({ inputs, waiter, firstRow: 0 })
        : predictInParts(inputs, { waiter, rowsMax, enqueue });
    },
    aheadRows,
    rowMs: drain.rowMs,
    queuedRows: () => queue.rows,
    idle: () =>
      busyLanes > 0 ? new Promise((resolve) => idleWaiters.push(resolve)) : Promise.resolve(),
  };
}

type Enqueue = (job: Omit<RowJob, 'resolve' | 'reject'>) => Promise<readonly Float32Array[]>;

async function predictInParts(
  inputs: readonly Input[],
  parts: {
    readonly waiter: Waiter | undefined;
    readonly rowsMax: number;
    readonly enqueue: Enqueue;
  },
): Promise<readonly Float32Array[]> {
  const { waiter, rowsMax, enqueue } = parts;
  const answers: Promise<readonly Float32Array[]>[] = [];
  for (let firstRow = 0; firstRow < inputs.length; firstRow += rowsMax)
    answers.push(enqueue({ inputs: inputs.slice(firstRow, firstRow + rowsMax), waiter, firstRow }));
  return (await Promise.all(answers)).flat();
}

/** Why rows are not taken in; null when they are. Those whose callers have gone make room. */
function refusalOf(
  rows: number,
  waiter: Waiter | undefined,
  state: {
    readonly queue: RowQueue;
    readonly queueRowsMax: number;
    readonly aheadRows: () => number;
    readonly drain: DrainTime;
  },
): OverloadedError | null {
  const { queue, queueRowsMax, aheadRows, drain } = state;
  const leftMs = waiter?.leftMs?.() ?? null;
  const isFull = (): boolean => queue.rows + rows > queueRowsMax;
  const neededMs = (): number => (aheadRows() + rows) * drain.rowMs();
  // Alone they run whatever the estimate says: nothing else would correct it.
  const isLate = (): boolean =>
    leftMs !== null && aheadRows() > 0 && neededMs() > timeShareMax * leftMs;
  if (!isFull() && !isLate()) return null;
  queue.dropCancelled();
  if (isFull()) return overloaded(queue.rows);
  if (!isLate()) return null;
  return tooLate({ queuedRows: queue.rows, neededMs: neededMs(), leftMs: leftMs! });
}

async function runJobs(
  jobs: readonly RowJob[],
  runner: ModelRunner,
  onRun: BatcherLimits['onRun'],
): Promise<void> {
  if (jobs.length === 0) return;
  const inputs = jobs.length === 1 ? jobs[0]!.inputs : jobs.flatMap((job) => job.inputs);
  const spent = new Stopwatch();
  try {
    const results = await runner.run(inputs, spent);
    onRun?.(inputs.length, spent.ms);
    let first = 0;
    for (const job of jobs) {
      deliver(job, results, first);
      first += job.inputs.length;
    }
  } catch (error) {
    for (const job of jobs) job.reject(error as Error);
  }
}

/** What is wrong with a row, a value that is not finite included, fails the request it is of. */
function deliver(job: RowJob, results: readonly RowResult[], first: number): void {
  const outputs: Float32Array[] = [];
  for (let k = 0; k < job.inputs.length; k++) {
    const result = results[first + k]!;
    if (result instanceof Error) return void job.reject(result);
    if (!result.every(Number.isFinite)) {
      const row = job.firstRow + k;
      const message = `The model gave a value that is not finite, row ${row}.`;
      return void job.reject(new InvalidModelOutputError(message, { row }));
    }
    outputs.push(result);
  }
  job.resolve(outputs);
}

function overloaded(queuedRows: number): OverloadedError {
  const message = `${queuedRows} rows wait for the model already; send fewer at once.`;
  return new OverloadedError(message, 1, { queuedRows });
}

function tooLate(state: { queuedRows: number; neededMs: number; leftMs: number }): OverloadedError {
  const { queuedRows, leftMs } = state;
  const neededMs = Math.round(state.neededMs);
  const message =
    `${queuedRows} rows wait for the model already: an answer would take about ${neededMs} ms, ` +
    `and this request has ${leftMs}. Give it longer, or try again in a second.`;
  return new OverloadedError(message, 1, { queuedRows, neededMs, leftMs });
}
