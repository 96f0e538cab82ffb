import { CancelledError, InvalidModelOutputError, OverloadedError } from '../errors.js';
import type { ModelRunner, ModelShape } from '../onnx/model-runner.js';

export interface BatcherLimits {
  /** Rows of one model run; a request with more is cut into several. */
  readonly runRowsMax: number;
  /** Rows that may wait; more are refused. */
  readonly queueRowsMax: number;
}

/** Who hung up does not read it: it is for those whose own time was too short. */
const gaveUp =
  'The rows still waited for the model when the timeoutMs of this request had passed. Raise it, ' +
  'or leave it out.';

/** Rows of one caller that go into one run. */
interface Job {
  readonly firstRow: number;
  readonly rows: readonly Float32Array[];
  readonly signal: AbortSignal | undefined;
  readonly resolve: (outputs: readonly Float32Array[]) => void;
  readonly reject: (error: Error) => void;
}

export interface MicroBatcher {
  /** As `Student.predict`. @throws {RangeError} when a row has another length than the model's. */
  predict(rows: readonly Float32Array[], signal?: AbortSignal): Promise<readonly Float32Array[]>;
  /** Resolves when nothing waits and nothing runs. */
  idle(): Promise<void>;
}

/**
 * Lets rows of concurrent requests share one model run. There is no fixed delay: a run starts as
 * soon as the one before has ended, with whatever arrived meanwhile, so a lone request never waits
 * for company and a busy gateway fills its batches by itself.
 */
export function createMicroBatcher(
  runner: ModelRunner,
  shape: ModelShape,
  limits: BatcherLimits,
): MicroBatcher {
  const queue: Job[] = [];
  let queuedRows = 0;
  let isPumping = false;
  let idleWaiters: (() => void)[] = [];

  async function pump(): Promise<void> {
    isPumping = true;
    await new Promise(setImmediate); // Requests parsed in this turn of the loop join the first run.
    while (queue.length > 0) await runJobs(takeJobs(), runner, shape);
    isPumping = false;
    for (const wake of idleWaiters) wake();
    idleWaiters = [];
  }

  function takeJobs(): Job[] {
    const jobs: Job[] = [];
    let rows = 0;
    while (queue.length > 0 && rows + queue[0]!.rows.length <= limits.runRowsMax) {
      const job = queue.shift()!;
      queuedRows -= job.rows.length;
      if (job.signal?.aborted === true) {
        job.reject(new CancelledError(gaveUp));
        continue;
      }
      rows += job.rows.length;
      jobs.push(job);
    }
    return jobs;
  }

  function enqueue({ rows, signal, firstRow }: Omit<Job, 'resolve' | 'reject'>) {
    return new Promise<readonly Float32Array[]>((resolve, reject) => {
      queue.push({ rows, signal, firstRow, resolve, reject });
      queuedRows += rows.length;
      if (!isPumping) void pump();
    });
  }

  async function predictInParts(rows: readonly Float32Array[], signal: AbortSignal | undefined) {
    const parts: Promise<readonly Float32Array[]>[] = [];
    for (let firstRow = 0; firstRow < rows.length; firstRow += limits.runRowsMax) {
      const part = rows.slice(firstRow, firstRow + limits.runRowsMax);
      parts.push(enqueue({ rows: part, signal, firstRow }));
    }
    return (await Promise.all(parts)).flat();
  }

  return {
    predict(rows, signal) {
      const misfit = misfitOf(rows, shape.inputSize);
      if (misfit !== null) return Promise.reject(misfit);
      if (queuedRows + rows.length > limits.queueRowsMax)
        return Promise.reject(overloaded(queuedRows));
      // Nearly every request is this; the parts of larger ones cost 4 microseconds more.
      const isOneRun = rows.length > 0 && rows.length <= limits.runRowsMax;
      return isOneRun ? enqueue({ rows, signal, firstRow: 0 }) : predictInParts(rows, signal);
    },
    idle: () =>
      isPumping ? new Promise((resolve) => idleWaiters.push(resolve)) : Promise.resolve(),
  };
}

async function runJobs(
  jobs: readonly Job[],
  runner: ModelRunner,
  { inputSize, outputSize }: ModelShape,
): Promise<void> {
  if (jobs.length === 0) return;
  const rows = jobs.flatMap((job) => job.rows);
  const input = new Float32Array(rows.length * inputSize);
  rows.forEach((row, index) => input.set(row, index * inputSize));
  try {
    const output = await runner.run(input, rows.length);
    let first = 0;
    for (const job of jobs) {
      const last = first + job.rows.length * outputSize;
      deliver(job, output.subarray(first, last));
      first = last;
    }
  } catch (error) {
    for (const job of jobs) job.reject(error as Error);
  }
}

/** A value that is not finite fails the request whose row it is, and no other. */
function deliver(job: Job, output: Float32Array): void {
  const outputSize = output.length / job.rows.length;
  const outputs = job.rows.map((_, index) =>
    output.slice(index * outputSize, (index + 1) * outputSize),
  );
  const badIndex = outputs.findIndex((logits) => !logits.every(Number.isFinite));
  if (badIndex === -1) return void job.resolve(outputs);
  const badRow = job.firstRow + badIndex;
  const message = `The model gave a value that is not finite, row ${badRow}.`;
  job.reject(new InvalidModelOutputError(message, { row: badRow }));
}

function misfitOf(rows: readonly Float32Array[], inputSize: number): RangeError | null {
  const badRow = rows.findIndex(({ length }) => length !== inputSize);
  if (badRow === -1) return null;
  const got = rows[badRow]!.length;
  return new RangeError(`Row ${badRow} has ${got} values, expected ${inputSize}.`);
}

function overloaded(queuedRows: number): OverloadedError {
  const message = `${queuedRows} rows wait for the model already; send fewer at once.`;
  return new OverloadedError(message, 1, { queuedRows });
}
