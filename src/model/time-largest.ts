import type { Input } from '../task/task.js';
import type { LoadedModel } from './loaded-model.js';

/** The quickest of several counts: a new shape is slow at first, and so is a busy machine. */
const runsMax = 5;
/** No further run once as many of the quickest take so long, ms: it is no noise then. */
const budgetMs = 20;

/**
 * Times the largest input of a task, preprocessing and run, alone.
 *
 * @param input    as large as the task allows.
 * @param rowsMin  the run is filled up to it.
 * @returns        ms; null when the model can not take it, as where it knows fewer positions than
 *                 the task allows: such an input fails by itself, and the model serves the others.
 */
export async function timeLargest(
  model: LoadedModel,
  input: Input,
  rowsMin: number,
): Promise<number | null> {
  const durationsMs: number[] = [];
  try {
    do {
      const beganMs = performance.now();
      await model.run([model.prepare(input)], rowsMin);
      durationsMs.push(performance.now() - beganMs);
    } while (
      durationsMs.length < runsMax &&
      durationsMs.length * Math.min(...durationsMs) < budgetMs
    );
  } catch {
    return null;
  }
  return Math.min(...durationsMs);
}
