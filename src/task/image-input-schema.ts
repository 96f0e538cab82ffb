import { z } from 'zod';
import type { ImageInput } from './task.js';

const sidePixels = z.number().int().min(1).max(4096);

/** An image input as task files and bundles' manifests say it. */
export const imageInputSchema: z.ZodType<ImageInput> = z.strictObject({
  kind: z.literal('image'),
  width: sidePixels,
  height: sidePixels,
  channels: z.literal(1),
});
