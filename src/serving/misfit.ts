import type { BundleManifest } from '../registry/bundle.js';
import type { TaskSpec } from '../task/task.js';

/**
 * Says how a model does not fit a task, or null when it does. A model of other labels would give
 * answers under the wrong names; one of another input would fail every request.
 */
export function misfitOf(
  { labels, input }: Pick<BundleManifest, 'labels' | 'input'>,
  spec: TaskSpec,
): string | null {
  if (input.width !== spec.input.width || input.height !== spec.input.height)
    return (
      `it takes images of ${input.width}x${input.height}, the task has ` +
      `${spec.input.width}x${spec.input.height}.`
    );
  if (JSON.stringify(labels) !== JSON.stringify(spec.labels))
    return (
      `it has the labels ${labels.join(', ')}, the task has ${spec.labels.join(', ')}. They must ` +
      'be the same, in the same order.'
    );
  return null;
}
