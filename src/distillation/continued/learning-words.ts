import { isSingle, readTensor } from '../../onnx/tensor-proto.js';
import type { SourceWeight } from './find-weights.js';
import type { SourceModel } from './source-model.js';

/** Names in a note; of more their number is told. */
const namesMax = 12;
/** Places, axes and masks are no numbers that could learn. */
const countedTypes = new Set(['float32', 'float64', 'float16', 'int8', 'uint8']);

/**
 * Says how many of a student's numbers learn, and which initializers stay as they are: running
 * means, scales, weights in 8 bits.
 *
 * @param taken  the student as rows of each size take it.
 */
export function learningWords(
  taken: Iterable<SourceModel>,
  weights: readonly SourceWeight[],
): string {
  const learning = new Set(weights.map(({ name }) => name));
  const frozen = new Map<string, number>();
  for (const { model, nodes, initializers } of taken) {
    const used = new Set(nodes.flatMap(({ inputs, captured }) => [...inputs, ...captured]));
    const own = new Set(model.graph!.initializer.map(({ name }) => name));
    for (const [name, proto] of initializers) {
      if (learning.has(name) || !used.has(name)) continue;
      // Single numbers of nodes are what an operator is made of, as the 0.5 of a GELU.
      if (!own.has(name) && isSingle(proto)) continue;
      const tensor = readTensor(proto);
      if (tensor !== null && countedTypes.has(tensor.type)) frozen.set(name, tensor.data.length);
    }
  }
  const learns = weights.reduce((sum, { data }) => sum + data.length, 0);
  const stays = [...frozen.values()].reduce((sum, length) => sum + length, 0);
  const names = [...frozen.keys()];
  const more = names.length > namesMax ? ` and ${names.length - namesMax} more` : '';
  const which = names.length === 0 ? '' : `; frozen: ${names.slice(0, namesMax).join(', ')}${more}`;
  return `${learns} of ${learns + stays} numbers learn${which}.`;
}
