import type { SamplesJson } from '../http/api-types.js';
import { jsonOfInput } from '../task/input-json.js';
import type { LabelledInput } from '../task/labelled-inputs.js';
import type { TaskSpec } from '../task/task.js';

/** Sample traffic that comes with a task; read from disk when first asked for, then kept. */
export function createSampleReader(
  read: (() => Promise<readonly LabelledInput[]>) | null,
  spec: Pick<TaskSpec, 'input' | 'labels'>,
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
      samples: all.slice(offset, offset + rowsMax).map(({ input, label }) => ({
        input: jsonOfInput(input, spec.input),
        label: spec.labels[label]!,
      })),
    };
  };
}
