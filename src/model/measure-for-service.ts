import type { Input } from '../task/task.js';
import type { LoadedModel } from './loaded-model.js';
import { measureModel } from './measure-model.js';
import type { ModelSource } from './model-runner.js';
import { withoutPairs, type MeasuredModel } from './without-pairs.js';

/**
 * Measures a model, and where its lone rows would run as two and take long, looks for one that need
 * not.
 *
 * @param runRowsMax     rows of the largest run.
 * @param quickRunMsMax  a run of one row of at most this, ms, is short enough as it is.
 * @returns              what is to serve: with another model, the given one is closed.
 * @throws               as `measureModel`.
 */
export async function measureForService(
  { source, model }: { readonly source: ModelSource; readonly model: LoadedModel },
  inputs: readonly Input[],
  { runRowsMax, quickRunMsMax }: { readonly runRowsMax: number; readonly quickRunMsMax: number },
): Promise<MeasuredModel> {
  const present = { source, model, measurement: await measureModel(model, inputs, runRowsMax) };
  const { rowsMin, curve } = present.measurement;
  if (rowsMin === 1 || curve[0]!.ms <= quickRunMsMax || source.provider !== 'cpu') return present;
  const found = await withoutPairs(present, inputs, runRowsMax);
  if (found === null) return present;
  await model.close();
  return found;
}
