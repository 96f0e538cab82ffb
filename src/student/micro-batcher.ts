import { InvalidModelOutputError, OverloadedError } from '../errors.js';
import type { ModelRunner, RowResult } from '../model/model-runner.js';
import { Stopwatch } from '../model/stopwatch.js';
import type { Input } from '../task/task.js';
import type { Waiter } from './student.js';
import { RowQueue, type RowJob } from './row-queue.js';

export interface BatcherLimits {
  /** Rows of the next model run; a request with more is cut into several. Asked for each run. */
  readonly runRowsMax: () => number;
  /** Rows that may wait; more are refused. */
  readonly queueRowsMax: number;
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
  /** Resolves when nothing waits and nothing runs. */
  idle(): Promise<void>;
}

/**
 * Rows that wait for a model on the event loop are run, and answered, for so long, ms; then it is
 * the sockets' turn. `npm run bench -- --only event-loop-encoder` holds the loop to 10 ms.
 */
const inlineMsMax = 5;

/**
 * Lets rows of concurrent requests share one model run. There is no fixed delay: a run starts as
 * soon as a lane of the runner is free, with whatever arrived meanwhile, so a lone request never
 * waits for company and a busy gateway fills its batches by itself.
 */
export function createMicroBatcher(runner: ModelRunner, limits: BatcherLimits): MicroBatcher {
  const { runRowsMax, queueRowsMax, nowMs = () => performance.now() } = limits;
  const queue = new RowQueue();
  let busyLanes = 0;
  let idleWaiters: (() => void)[] = [];

  async function pump(): Promise<void> {
    busyLanes++;
    await new Promise(setImmediate); // Requests parsed in this turn of the loop join the first run.
    let turnMs = nowMs();
    while (!queue.isEmpty) {
      await runJobs(queue.take(runRowsMax()), runner, limits.onRun);
      if (runner.kind === 'worker' || nowMs() - turnMs < inlineMsMax) continue;
      await new Promise(setImmediate);
      turnMs = nowMs();
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

  async function predictInParts(
    inputs: readonly Input[],
    { waiter, rowsMax }: { readonly waiter: Waiter | undefined; readonly rowsMax: number },
  ): Promise<readonly Float32Array[]> {
    const parts: Promise<readonly Float32Array[]>[] = [];
    for (let firstRow = 0; firstRow < inputs.length; firstRow += rowsMax) {
      const part = inputs.slice(firstRow, firstRow + rowsMax);
      parts.push(enqueue({ inputs: part, waiter, firstRow }));
    }
    return (await Promise.all(parts)).flat();
  }

  return {
    predict(inputs, waiter) {
      if (queue.rows + inputs.length > queueRowsMax) queue.dropCancelled();
      if (queue.rows + inputs.length > queueRowsMax) return Promise.reject(overloaded(queue.rows));
      const rowsMax = runRowsMax();
      // Nearly every request is this; the parts of larger ones cost 4 microseconds more.
      const isOneRun = inputs.length > 0 && inputs.length <= rowsMax;
      return isOneRun
        ? enqueue({ inputs, waiter, firstRow: 0 })
        : predictInParts(inputs, { waiter, rowsMax });
    },
    queuedRows: () => queue.rows,
    idle: () =>
      busyLanes > 0 ? new Promise((resolve) => idleWaiters.push(resolve)) : Promise.resolve(),
  };
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
