import { CancelledError, InvalidModelOutputError, OverloadedError } from '../errors.js';
import type { ModelRunner, RowResult } from '../model/model-runner.js';
import type { Input } from '../task/task.js';

export interface BatcherLimits {
  /** Rows of the next model run; a request with more is cut into several. Asked for each run. */
  readonly runRowsMax: () => number;
  /** Rows that may wait; more are refused. */
  readonly queueRowsMax: number;
  /** Told of each run that has ended: its rows and how long it took, ms. */
  readonly onRun?: (rows: number, ms: number) => void;
}

/** Who hung up does not read it: it is for those whose own time was too short. */
const gaveUp =
  'The rows still waited for the model when the timeoutMs of this request had passed. Raise it, ' +
  'or leave it out.';

/** Rows of one caller that go into one run. */
interface Job {
  readonly firstRow: number;
  readonly inputs: readonly Input[];
  readonly signal: AbortSignal | undefined;
  readonly resolve: (outputs: readonly Float32Array[]) => void;
  readonly reject: (error: Error) => void;
}

export interface MicroBatcher {
  /** As `Student.predict`. */
  predict(inputs: readonly Input[], signal?: AbortSignal): Promise<readonly Float32Array[]>;
  /** Rows that wait for a run. */
  queuedRows(): number;
  /** Resolves when nothing waits and nothing runs. */
  idle(): Promise<void>;
}

/**
 * Lets rows of concurrent requests share one model run. There is no fixed delay: a run starts as
 * soon as a lane of the runner is free, with whatever arrived meanwhile, so a lone request never
 * waits for company and a busy gateway fills its batches by itself.
 */
export function createMicroBatcher(runner: ModelRunner, limits: BatcherLimits): MicroBatcher {
  const { runRowsMax, queueRowsMax } = limits;
  let queue: Job[] = [];
  let queuedRows = 0;
  let busyLanes = 0;
  let idleWaiters: (() => void)[] = [];

  async function pump(): Promise<void> {
    busyLanes++;
    await new Promise(setImmediate); // Requests parsed in this turn of the loop join the first run.
    while (queue.length > 0) await runJobs(takeJobs(), runner, limits.onRun);
    busyLanes--;
    if (busyLanes > 0) return;
    for (const wake of idleWaiters) wake();
    idleWaiters = [];
  }

  function takeJobs(): Job[] {
    const jobs: Job[] = [];
    const rowsMax = runRowsMax();
    let rows = 0;
    let taken = 0;
    for (const job of queue) {
      const isGone = job.signal?.aborted === true;
      // The size may have shrunk since the job was cut to it: the first one goes whatever it has.
      if (!isGone && rows > 0 && rows + job.inputs.length > rowsMax) break;
      taken++;
      queuedRows -= job.inputs.length;
      if (isGone) job.reject(new CancelledError(gaveUp));
      else {
        rows += job.inputs.length;
        jobs.push(job);
      }
    }
    queue.splice(0, taken);
    return jobs;
  }

  /** Rows whose callers have gone make room for others. */
  function dropCancelled(): void {
    const waiting: Job[] = [];
    for (const job of queue) {
      if (job.signal?.aborted !== true) waiting.push(job);
      else {
        queuedRows -= job.inputs.length;
        job.reject(new CancelledError(gaveUp));
      }
    }
    queue = waiting;
  }

  function enqueue({ inputs, signal, firstRow }: Omit<Job, 'resolve' | 'reject'>) {
    return new Promise<readonly Float32Array[]>((resolve, reject) => {
      queue.push({ inputs, signal, firstRow, resolve, reject });
      queuedRows += inputs.length;
      if (busyLanes < runner.lanes) void pump();
    });
  }

  async function predictInParts(
    inputs: readonly Input[],
    { signal, rowsMax }: { readonly signal: AbortSignal | undefined; readonly rowsMax: number },
  ): Promise<readonly Float32Array[]> {
    const parts: Promise<readonly Float32Array[]>[] = [];
    for (let firstRow = 0; firstRow < inputs.length; firstRow += rowsMax) {
      const part = inputs.slice(firstRow, firstRow + rowsMax);
      parts.push(enqueue({ inputs: part, signal, firstRow }));
    }
    return (await Promise.all(parts)).flat();
  }

  return {
    predict(inputs, signal) {
      if (queuedRows + inputs.length > queueRowsMax) dropCancelled();
      if (queuedRows + inputs.length > queueRowsMax) return Promise.reject(overloaded(queuedRows));
      const rowsMax = runRowsMax();
      // Nearly every request is this; the parts of larger ones cost 4 microseconds more.
      const isOneRun = inputs.length > 0 && inputs.length <= rowsMax;
      return isOneRun
        ? enqueue({ inputs, signal, firstRow: 0 })
        : predictInParts(inputs, { signal, rowsMax });
    },
    queuedRows: () => queuedRows,
    idle: () =>
      busyLanes > 0 ? new Promise((resolve) => idleWaiters.push(resolve)) : Promise.resolve(),
  };
}

async function runJobs(
  jobs: readonly Job[],
  runner: ModelRunner,
  onRun: BatcherLimits['onRun'],
): Promise<void> {
  if (jobs.length === 0) return;
  const inputs = jobs.length === 1 ? jobs[0]!.inputs : jobs.flatMap((job) => job.inputs);
  const startedMs = performance.now();
  try {
    const results = await runner.run(inputs);
    onRun?.(inputs.length, performance.now() - startedMs);
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
function deliver(job: Job, results: readonly RowResult[], first: number): void {
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
