import type { ModelRunner } from '../../src/onnx/model-runner.js';

/** What a model gives for an input. */
export type FakeModel = (input: Float32Array) => Float32Array;

/** Each value plus one, so that rows keep their markers. */
export const plusOne: FakeModel = (input) => input.map((value) => value + 1);

/** One run of a fake model, which goes on until the test says how it ends. */
export interface HeldRun {
  readonly input: Float32Array;
  readonly rows: number;
  readonly finish: () => void;
  readonly fail: (error: Error) => void;
}

/** A runner that records its runs. */
export class FakeRunner implements ModelRunner {
  readonly kind = 'inline';
  /** Runs that have been asked for, ended or not. */
  readonly runs: HeldRun[] = [];
  closeCount = 0;
  private readonly model: FakeModel;
  private readonly isHeld: boolean;

  /** @param model  answers at once; a held one (default: `plusOne`) when the test ends the run. */
  constructor(model: FakeModel | { readonly held: FakeModel } = { held: plusOne }) {
    this.isHeld = typeof model !== 'function';
    this.model = typeof model === 'function' ? model : model.held;
  }

  run(input: Float32Array, rows: number): Promise<Float32Array> {
    return new Promise((resolve, reject) => {
      const finish = (): void => resolve(this.model(input));
      this.runs.push({ input: input.slice(), rows, finish, fail: reject });
      if (!this.isHeld) finish();
    });
  }

  async close(): Promise<void> {
    this.closeCount++;
  }
}
