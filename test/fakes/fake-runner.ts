import type { ModelRunner, RowResult } from '../../src/model/model-runner.js';
import type { Stopwatch } from '../../src/model/stopwatch.js';
import type { Input } from '../../src/task/task.js';
import { floatsOf } from '../support/inputs.js';

/** What a model gives for the pixels of one input. */
export type FakeModel = (pixels: Float32Array) => RowResult;

/** Each value plus one, so that rows keep their markers. */
export const plusOne = (pixels: Float32Array): Float32Array => pixels.map((value) => value + 1);

/** One run of a fake model, which goes on until the test says how it ends. */
export interface HeldRun {
  /** Pixels of each row, as they were when the run was asked for. */
  readonly rows: readonly Float32Array[];
  readonly finish: () => void;
  readonly fail: (error: Error) => void;
}

/** A runner that records its runs. */
export class FakeRunner implements ModelRunner {
  readonly kind = 'inline';
  /** Runs that have been asked for, ended or not. */
  readonly runs: HeldRun[] = [];
  closeCount = 0;
  /** Time that the model says it was at work for each run. */
  runMs = 0;
  private readonly model: FakeModel;
  private readonly isHeld: boolean;

  /**
   * @param model  answers at once; a held one (default: `plusOne`) when the test ends the run.
   * @param lanes  runs that its caller may have at work at the same time.
   */
  constructor(
    model: FakeModel | { readonly held: FakeModel } = { held: plusOne },
    readonly lanes = 1,
  ) {
    this.isHeld = typeof model !== 'function';
    this.model = typeof model === 'function' ? model : model.held;
  }

  run(inputs: readonly Input[], spent?: Stopwatch): Promise<readonly RowResult[]> {
    return new Promise((resolve, reject) => {
      const rows = inputs.map((input) => floatsOf(input).slice());
      const finish = (): void => {
        spent?.add(this.runMs);
        resolve(inputs.map((input) => this.model(floatsOf(input))));
      };
      this.runs.push({ rows, finish, fail: reject });
      if (!this.isHeld) finish();
    });
  }

  async close(): Promise<void> {
    this.closeCount++;
  }
}
