import { InvalidInputError } from '../../src/errors.js';
import type { LoadedModel } from '../../src/model/loaded-model.js';
import type { ModelPlan } from '../../src/model/plan-model.js';
import type { RowTensor } from '../../src/preprocess/preprocessor.js';
import type { Input } from '../../src/task/task.js';
import { floatsOf } from '../support/inputs.js';

/** Pixels of the rows of one run -> the scores of each. */
export type RunFunction = (rows: readonly Float32Array[]) => readonly Float32Array[];

/** A model that computes in JavaScript. An image without pixels can not be prepared. */
export class FakeLoadedModel implements LoadedModel {
  readonly signature = { inputs: [], outputs: [] };
  readonly plan: ModelPlan;
  /** Rows of every run, those that failed included, and what they were to be filled up to. */
  readonly runs: { readonly rows: number; readonly rowsMin: number | undefined }[] = [];

  constructor(
    private readonly runFunction: RunFunction,
    fixedRows: number | null = null,
  ) {
    this.plan = {
      input: { dtypes: ['float32'], fixedRows },
      output: { name: 'logits', isBinary: false },
    };
  }

  prepare(input: Input): readonly RowTensor[] {
    if (input.length === 0) throw new InvalidInputError('The image is empty.');
    const data = floatsOf(input);
    return [{ name: 'input', dtype: 'float32', data, dims: [data.length] }];
  }

  async run(
    rows: readonly (readonly RowTensor[])[],
    rowsMin?: number,
  ): Promise<readonly Float32Array[]> {
    this.runs.push({ rows: rows.length, rowsMin });
    return this.runFunction(rows.map(([tensor]) => tensor!.data as Float32Array));
  }

  async close(): Promise<void> {}
}
