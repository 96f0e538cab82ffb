import type { RowTensor } from '../preprocess/preprocessor.js';
import type { BundleManifest } from '../registry/bundle.js';
import { planInputs, type InputPlan } from './plan-inputs.js';
import { planOutput, type OutputPlan } from './plan-output.js';
import type { ModelSignature } from './signature.js';

export interface ModelPlan {
  readonly input: InputPlan;
  readonly output: OutputPlan;
}

/**
 * Matches a bundle's manifest with the model it came with.
 *
 * @param example  one prepared row.
 * @returns        the plan, and one sentence for each thing that does not fit: with any, the plan
 *                 is of no use.
 */
export function planModel(
  signature: ModelSignature,
  manifest: Pick<BundleManifest, 'labels' | 'model' | 'input' | 'calibration'>,
  example: readonly RowTensor[],
): { readonly plan: ModelPlan; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const { labels, model, input, calibration } = manifest;
  const plan: ModelPlan = {
    input: planInputs(signature, { row: example, isRaw: input.kind === 'tensor' }, problems),
    output: planOutput(
      signature,
      {
        wanted: model.outputName,
        classCount: labels.length,
        novelty: calibration.novelty?.output ?? null,
      },
      problems,
    ),
  };
  return { plan, problems };
}
