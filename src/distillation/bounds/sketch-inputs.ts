import type { Input, InputSpec } from '../../task/task.js';
import { coarseImage, coarseTensors } from './coarse-values.js';
import { sketchText } from './sketch-text.js';
import { sketchValues } from './sketch-values.js';

/** @returns the keys of each input: nearly equal inputs share one, most likely. */
export function sketchInputs(inputs: readonly Input[], spec: InputSpec): readonly Float64Array[] {
  if (spec.kind === 'text') return inputs.map(sketchText);
  if (spec.kind === 'image') {
    const thumbnails = inputs.map((input) => coarseImage(input, spec));
    return sketchValues(thumbnails, 'one');
  }
  const values = inputs.map((input) => coarseTensors(input, spec));
  return sketchValues(values, 'own');
}
