import type { ModelSource } from '../../src/model/model-runner.js';
import type { BundleManifest } from '../../src/registry/bundle.js';
import type { Input, TensorInput } from '../../src/task/task.js';
import { encodeTensors } from '../../src/task/tensor-codec.js';
import { tinySource } from './tiny-model.js';

/** The input of `idsModel`: any number of ids. */
export const idsInput: TensorInput = {
  kind: 'tensor',
  tensors: [{ name: 'ids', dtype: 'int64', shape: [null] }],
};

export const idsOf = (...ids: readonly number[]): Input =>
  encodeTensors([{ data: BigInt64Array.from(ids, BigInt), dims: [ids.length] }], idsInput);

/** A bundle of raw tensors and the labels yes and no, to change one thing of. */
export function tensorSource(
  model: Uint8Array,
  input: TensorInput = idsInput,
  changes: Partial<BundleManifest> = {},
): ModelSource {
  const source = tinySource(model, { input, ...changes });
  const named = { ...source.manifest.model, inputName: null };
  return { ...source, manifest: { ...source.manifest, model: named } };
}
