import { oipDatatypes } from '../../task/oip-datatypes.js';
import type { TaskSpec } from '../../task/task.js';

/** A tensor in a model's metadata; -1 is a length that is open, first of all that of the batch. */
export interface OipTensorJson {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
}

/** What goes into a task, as tensors: a text, an image in 8 bits, or the task's own. */
export function oipInputsOf({ input }: Pick<TaskSpec, 'input'>): readonly OipTensorJson[] {
  switch (input.kind) {
    case 'text':
      return [{ name: 'text', datatype: 'BYTES', shape: [-1] }];
    case 'image':
      return [
        {
          name: 'image',
          datatype: 'UINT8',
          shape: [-1, input.height, input.width, input.channels],
        },
      ];
    case 'tensor':
      return input.tensors.map(({ name, dtype, shape }) => ({
        name,
        datatype: oipDatatypes[dtype],
        shape: [-1, ...shape.map((length) => length ?? -1)],
      }));
  }
}

/** What comes out of a task for each row. `probabilities` are left out where a teacher has none. */
export const oipOutputsOf = ({ labels }: Pick<TaskSpec, 'labels'>): readonly OipTensorJson[] => [
  { name: 'label', datatype: 'BYTES', shape: [-1] },
  { name: 'probabilities', datatype: 'FP64', shape: [-1, labels.length] },
  { name: 'id', datatype: 'BYTES', shape: [-1] },
  { name: 'route', datatype: 'BYTES', shape: [-1] },
  { name: 'reason', datatype: 'BYTES', shape: [-1] },
];
