import { CancelledError } from '../../src/errors.js';
import { decodeImage } from '../../src/task/image-codec.js';
import type { Input } from '../../src/task/task.js';
import { mayBeBilled } from '../../src/teacher/call-failure.js';
import type { CallContext, Teacher, TeacherAnswer } from '../../src/teacher/teacher.js';
import { squareTask } from '../support/square-task.js';

/** A teacher that answers by a function of the pixels, and fails when it is told to. */
export class FakeTeacher implements Teacher {
  readonly name = 'oracle';
  readonly version: string = 't1-00000001';
  readonly costPerRowUsd = 0.01;
  /** Rows of every call, those that failed included. */
  readonly asked: (readonly Input[])[] = [];
  /** Called before each answer; an answer waits for it, or fails with what it throws. */
  onLabel: (inputs: readonly Input[]) => Promise<void> | void = () => {};
  isClosed = false;

  constructor(private readonly labelOf: (pixels: Float32Array) => number = () => 1) {}

  async label(
    inputs: readonly Input[],
    signal?: AbortSignal,
    { purse }: CallContext = {},
  ): Promise<readonly TeacherAnswer[]> {
    this.asked.push(inputs);
    const rows = inputs.length;
    const payment = purse?.pay(rows, this.costPerRowUsd) ?? null;
    try {
      await abortable(Promise.resolve(this.onLabel(inputs)), signal);
    } catch (error) {
      const isBilled = mayBeBilled(error);
      payment?.settle({ rows: isBilled ? rows : 0, usd: isBilled ? rows * this.costPerRowUsd : 0 });
      throw error;
    }
    payment?.settle({ rows, usd: rows * this.costPerRowUsd });
    return inputs.map((input) => {
      const label = this.labelOf(decodeImage(input, squareTask.input));
      const probabilities = Float64Array.of(0.25, 0.75);
      return { label, probabilities, costUsd: this.costPerRowUsd };
    });
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

function abortable(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(new CancelledError('The caller gave up.'));
    if (signal?.aborted === true) abort();
    signal?.addEventListener('abort', abort, { once: true });
    const settled = (): void => signal?.removeEventListener('abort', abort);
    work.finally(settled).then(resolve, reject);
  });
}
