import type { SamplesJson } from '../http/api-types.js';
import type { LabelledInput } from '../task/labelled-file.js';

/** Sample traffic that comes with a task; read from disk when first asked for, then kept. */
export function createSampleReader(
  read: (() => Promise<readonly LabelledInput[]>) | null,
  labels: readonly string[],
): (offset: number, rowsMax: number) => Promise<SamplesJson | null> {
  let rows: Promise<readonly LabelledInput[]> | null = null;
  return async (offset, rowsMax) => {
    if (read === null) return null;
    rows ??= read().catch((error: unknown) => {
      rows = null; // The next one who asks tries again.
      throw error;
    });
    const all = await rows;
    return {
      total: all.length,
      samples: all.slice(offset, offset + rowsMax).map(({ image, label }) => ({
        input: Buffer.from(image).toString('base64'),
        label: labels[label]!,
      })),
    };
  };
}
