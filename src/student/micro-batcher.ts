import { CancelledError, InvalidModelOutputError, OverloadedError } from '../errors.js';
import type { ModelRunner, ModelShape } from '../onnx/model-runner.js';

export interface BatcherLimits {
  /** Rows of one model run. */
  readonly runRowsMax: number;
  /** Rows that may wait; more are refused. */
  readonly queueRowsMax: number;
}

interface Job {
  readonly rows: readonly Float32Array[];
  readonly signal: AbortSignal | undefined;
  readonly resolve: (outputs: readonly Float32Array[]) => void;
  readonly reject: (error: Error) => void;
}

export interface MicroBatcher {
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
    while (queue.length > 0) await runOnce(takeJobs());
    isPumping = false;
    for (const wake of idleWaiters) wake();
    idleWaiters = [];
  }

  function takeJobs(): Job[] {
    const jobs: Job[] = [];
    let rows = 0;
    while (queue.length > 0 && (rows === 0 || rows + queue[0]!.rows.length <= limits.runRowsMax)) {
      const job = queue.shift()!;
      queuedRows -= job.rows.length;
      if (job.signal?.aborted === true) {
        job.reject(new CancelledError('The caller gave up while its rows waited for the student.'));
        continue;
      }
      rows += job.rows.length;
      jobs.push(job);
    }
    return jobs;
  }

  async function runOnce(jobs: readonly Job[]): Promise<void> {
    if (jobs.length === 0) return;
    const rows = jobs.flatMap((job) => job.rows);
    const input = new Float32Array(rows.length * shape.inputSize);
    rows.forEach((row, index) => input.set(row, index * shape.inputSize));
    try {
      const output = await runner.run(input, rows.length);
      let first = 0;
      for (const job of jobs) {
        deliver(job, output, first);
        first += job.rows.length;
      }
    } catch (error) {
      for (const job of jobs) job.reject(error as Error);
    }
  }

  /** A value that is not finite fails the request whose row it is, and no other. */
  function deliver(job: Job, output: Float32Array, first: number): void {
    const outputs = job.rows.map((_, index) =>
      output.slice((first + index) * shape.outputSize, (first + index + 1) * shape.outputSize),
    );
    const badRow = outputs.findIndex((logits) => !logits.every(Number.isFinite));
    if (badRow === -1) job.resolve(outputs);
    else
      job.reject(
        new InvalidModelOutputError(`The model gave a value that is not finite, row ${badRow}.`),
      );
  }

  return {
    predict(rows, signal) {
      if (queuedRows + rows.length > limits.queueRowsMax) {
        const message = `${queuedRows} rows wait for the student already; send fewer at once.`;
        return Promise.reject(new OverloadedError(message, 1, { queuedRows }));
      }
      return new Promise((resolve, reject) => {
        queue.push({ rows, signal, resolve, reject });
        queuedRows += rows.length;
        if (!isPumping) void pump();
      });
    },
    idle: () =>
      isPumping ? new Promise((resolve) => idleWaiters.push(resolve)) : Promise.resolve(),
  };
}
