import type { Constant } from '../onnx/read-constants.js';
import { sizeOf, type Architecture } from './architecture.js';
import { parameterName } from './training-graph.js';

/**
 * @param prefix  of the names, in a model that has other parts too.
 * @returns       the weights of a model made by `buildModelGraph`; null of another architecture.
 */
export function thetaOf(
  constants: ReadonlyMap<string, Constant>,
  architecture: Architecture,
  prefix = '',
): Float32Array | null {
  const sizes = architecture.parameters.map(sizeOf);
  const nameOf = (index: number): string => `${prefix}${parameterName(index)}`;
  const parts = sizes.map((_, index) => constants.get(nameOf(index)));
  const isSame =
    !constants.has(nameOf(sizes.length)) &&
    parts.every((part, index) => part instanceof Float32Array && part.length === sizes[index]);
  if (!isSame) return null;
  return Float32Array.from(parts.flatMap((part) => [...part!]));
}
