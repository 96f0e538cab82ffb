import type { RowTensor } from '../preprocess/preprocessor.js';
import type { Input } from '../task/task.js';
import type { LoadedModel } from './loaded-model.js';
import type { RowResult } from './model-runner.js';
import { WrongOutputError } from './read-scores.js';
import { Stopwatch } from './stopwatch.js';

/**
 * Failed runs that are halved; the rows of further ones run one by one. Halving finds one bad row
 * among n in about 2 log2 n runs, but needs 2n - 1 where every second row is bad. With this limit,
 * enough for any two among 64, one costs 13 runs, two 23, and any number of them 81 at most.
 */
const halvingsMax = 11;

/**
 * Runs inputs through a model. Rows of equal dims share a run. A row that can not be prepared, or
 * makes the run of its batch fail, fails alone: the others are run again without it.
 *
 * @param options  rowsMin: smaller runs are filled up to it; default 1. spent: gets its time.
 * @returns  one result for each input, in order.
 */
export async function runRows(
  model: LoadedModel,
  inputs: readonly Input[],
  {
    rowsMin = 1,
    spent = new Stopwatch(),
  }: { readonly rowsMin?: number; readonly spent?: Stopwatch | undefined } = {},
): Promise<readonly RowResult[]> {
  const results = Array<RowResult>(inputs.length);
  const groups = new Map<string, { index: number; row: readonly RowTensor[] }[]>();
  const prepare = (input: Input, index: number): void => {
    try {
      const row = model.prepare(input);
      const key = dimsKey(row);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [{ index, row }]);
      else group.push({ index, row });
    } catch (error) {
      results[index] = error as Error;
    }
  };
  spent.time(() => inputs.forEach(prepare));
  const failed = { runs: 0 };
  for (const group of groups.values()) {
    const rows = group.map(({ row }) => row);
    const scored = await runGroup(model, rows, { rowsMin, spent, failed });
    group.forEach(({ index }, position) => (results[index] = scored[position]!));
  }
  return results;
}

/** Fixed dims are the common case: `28,28` costs less than it looks. */
function dimsKey(row: readonly RowTensor[]): string {
  let key = '';
  for (const { dims } of row) key += `${dims.join()};`;
  return key;
}

async function runGroup(
  model: LoadedModel,
  rows: readonly (readonly RowTensor[])[],
  options: {
    readonly rowsMin: number;
    readonly spent: Stopwatch;
    readonly failed: { runs: number };
  },
): Promise<readonly RowResult[]> {
  const { failed, rowsMin, spent } = options;
  try {
    return await spent.time(() => model.run(rows, rowsMin));
  } catch (error) {
    // Half of a wrong shape may be a right one by chance, with the scores of other rows in it.
    const isWhole = rows.length === 1 || error instanceof WrongOutputError;
    if (isWhole) return rows.map(() => error as Error);
  }
  failed.runs++;
  await new Promise(setImmediate); // On the event loop, many runs in a row would hold it up.
  const partRows = failed.runs <= halvingsMax ? Math.ceil(rows.length / 2) : 1;
  const results: RowResult[] = [];
  for (let first = 0; first < rows.length; first += partRows)
    results.push(...(await runGroup(model, rows.slice(first, first + partRows), options)));
  return results;
}
