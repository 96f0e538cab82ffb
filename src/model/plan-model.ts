import type { RowTensor } from '../preprocess/preprocessor.js';
import type { BundleManifest } from '../registry/bundle.js';
import { planInputs, type InputPlan } from './plan-inputs.js';
import { planOutput, type OutputPlan } from './plan-output.js';
import type { TensorInput } from '../task/task.js';
import { valueWords, type ModelSignature } from './signature.js';

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
    input: planInputs(
      signature,
      input.kind === 'tensor'
        ? { row: withoutOpenAxes(signature, { input, example }, problems), isRaw: true }
        : { row: example, isRaw: false },
      problems,
    ),
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

/**
 * Finds axes that the manifest leaves open and the model does not. An example of the very length
 * that the model takes would fit, and other callers' rows fail.
 *
 * @returns the example as if the manifest said what the model takes.
 */
function withoutOpenAxes(
  { inputs }: ModelSignature,
  { input, example }: { readonly input: TensorInput; readonly example: readonly RowTensor[] },
  problems: string[],
): readonly RowTensor[] {
  return example.map((tensor, index) => {
    const value = inputs.find(({ name }) => name === tensor.name);
    const axes = value?.shape?.slice(1) ?? [];
    const { shape } = input.tensors[index]!;
    const isFixed = axes.some((axis, at) => axis !== null && shape[at] === null);
    if (value === undefined || axes.length !== shape.length || !isFixed) return tensor;
    const mended = axes.map((axis, at) => shape[at] ?? axis ?? 'null');
    problems.push(
      `The input ${valueWords(value)} takes one length where the manifest leaves it open (null): ` +
        `set the shape of ${value.name} to [${mended.join(', ')}].`,
    );
    return { ...tensor, dims: tensor.dims.map((dim, at) => shape[at] ?? axes[at] ?? dim) };
  });
}
