import type { BundleManifest } from './bundle.js';
import { inputWords } from '../task/input-words.js';
import type { TaskSpec } from '../task/task.js';

/**
 * Says how a model does not fit a task, or null when it does. A model of other labels would give
 * answers under the wrong names; one of another input would fail every request.
 */
export function misfitOf(
  { labels, input }: Pick<BundleManifest, 'labels' | 'input'>,
  spec: TaskSpec,
): string | null {
  if (inputWords(input) !== inputWords(spec.input))
    return `it takes ${inputWords(input)}, the task has ${inputWords(spec.input)}.`;
  if (JSON.stringify(labels) !== JSON.stringify(spec.labels))
    return (
      `it has the labels ${labels.join(', ')}, the task has ${spec.labels.join(', ')}. They must ` +
      'be the same, in the same order.'
    );
  return null;
}
