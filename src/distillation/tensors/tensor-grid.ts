import type { CnnInput } from '../architecture.js';
import type { TensorInput } from '../../task/task.js';

/** Colours, with or without a mask, or one value a point. */
const channelCounts: readonly number[] = [1, 3, 4];
/** Convolutions and their pooling need some points along each axis. */
const sideMin = 8;

/**
 * Says how a tensor lies where it may be an image: [height, width], or with its 1, 3 or 4 channels
 * first or last. What it means nobody has said, so such a student is only tried.
 *
 * @param input  see `whyNoVector`.
 * @returns      null where it is none, or not alone.
 */
export function gridOf({ tensors }: TensorInput): CnnInput | null {
  const [only, ...others] = tensors;
  if (only === undefined || others.length > 0) return null;
  const shape = only.shape.map((length) => length!);
  const [first, second, third] = shape;
  const grids: readonly CnnInput[] =
    shape.length === 2
      ? [{ height: first!, width: second!, channels: 1 }]
      : shape.length === 3
        ? [
            { height: second!, width: third!, channels: first!, isPlanar: true },
            { height: first!, width: second!, channels: third! },
          ]
        : [];
  return (
    grids.find(
      ({ height, width, channels }) =>
        channelCounts.includes(channels) && Math.min(height, width) >= sideMin,
    ) ?? null
  );
}
