import type { ImageInput, TaskSpec } from '../task/task.js';

/** A task that the embedded trainer can make students for. */
export type ImageTask = TaskSpec & { readonly input: ImageInput };

export const isImageTask = (task: TaskSpec): task is ImageTask => task.input.kind === 'image';
