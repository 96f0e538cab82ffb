import type { Input } from '../task/task.js';
import { compareRuns, runMsMax, runsAlone, take, type RunComparison } from './compare-runs.js';
import type { LoadedModel } from './loaded-model.js';

/** Time of a run with so many rows, ms, median of several. */
export interface CostPoint {
  readonly rows: number;
  readonly ms: number;
}

export interface Measurement extends Pick<RunComparison, 'batching' | 'rowsMin'> {
  /**
   * Preprocessing and run, filled up to `rowsMin`, from one row to as many as a run may have; at
   * least one point.
   */
  readonly curve: readonly CostPoint[];
}

const runsOfSizeMax = 9;
/** Time for one size, ms, by its quickest run: a busy neighbour takes none of the others away. */
const sizeBudgetMs = 40;
const warmUpRuns = 3;
/** Inputs of one length could be alike in what another length shows. */
const comparedGroupsMax = 2;

/**
 * Measures whether rows in a run disturb each other, and what a run costs by its number of rows.
 *
 * @param inputs      real ones where there are any; taken in turn.
 * @param runRowsMax  rows of the largest run.
 * @throws {InvalidInputError} when one of them can not be prepared.
 * @throws {InvalidModelOutputError} when the model can not run.
 */
export async function measureModel(
  model: LoadedModel,
  inputs: readonly Input[],
  runRowsMax: number,
): Promise<Measurement> {
  const groups = groupsOf(inputs, model);
  const alike = groups[0]!;
  for (let run = 0; run < warmUpRuns; run++) await model.run([model.prepare(alike[0]!)]);
  const { batching, rowsMin, rowsMax } = await compareRuns(
    model,
    comparedOf(groups).map((group) => group.map((input) => model.prepare(input))),
    runRowsMax,
  );
  const curveRowsMax = runsAlone(batching) ? 1 : Math.min(rowsMax, runRowsMax);
  const curve = await curveOf(model, alike, { rowsMin, rowsMax: curveRowsMax });
  return { curve, batching, rowsMin };
}

/** Rows of other dims would not share a run. The first group is that of the first input. */
function groupsOf(inputs: readonly Input[], model: LoadedModel): readonly (readonly Input[])[] {
  const groups = new Map<string, Input[]>();
  for (const input of inputs) {
    const key = JSON.stringify(model.prepare(input).map(({ dims }) => dims));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [input]);
    else group.push(input);
  }
  return [...groups.values()];
}

/** The first group, and the largest other one that has rows to stand beside each other. */
function comparedOf([first, ...rest]: readonly (readonly Input[])[]) {
  const others = rest.filter(({ length }) => length > 1).sort((a, b) => b.length - a.length);
  return [first!, ...others].slice(0, comparedGroupsMax);
}

async function curveOf(
  model: LoadedModel,
  inputs: readonly Input[],
  { rowsMin, rowsMax }: Pick<RunComparison, 'rowsMin' | 'rowsMax'>,
): Promise<readonly CostPoint[]> {
  const curve: CostPoint[] = [];
  for (let rows = 1; rows <= rowsMax; rows *= 2) {
    const ms = await medianRunMs(model, take(inputs, rows), rowsMin).catch((error: unknown) => {
      if (rows === 1) throw error;
      return null;
    });
    if (ms === null) break;
    curve.push({ rows, ms });
    if (ms > runMsMax) break;
  }
  return curve;
}

async function medianRunMs(
  model: LoadedModel,
  inputs: readonly Input[],
  rowsMin: number,
): Promise<number> {
  const durationsMs: number[] = [];
  do {
    const beganMs = performance.now();
    const rows = inputs.map((input) => model.prepare(input));
    await model.run(rows, rowsMin);
    durationsMs.push(performance.now() - beganMs);
  } while (
    durationsMs.length < runsOfSizeMax &&
    durationsMs.length * Math.min(...durationsMs) < sizeBudgetMs
  );
  return durationsMs.sort((a, b) => a - b)[Math.floor(durationsMs.length / 2)]!;
}
