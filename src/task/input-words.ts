import type { InputSpec } from './task.js';

/** Says what kind of input it is, for messages: `28x28 grey images`, `texts`, `tensors a, b`. */
export function inputWords(input: InputSpec): string {
  switch (input.kind) {
    case 'image':
      return `${input.width}x${input.height} ${input.channels === 1 ? 'grey' : 'RGB'} images`;
    case 'text':
      return 'texts';
    case 'tensor':
      return `tensors ${input.tensors.map(tensorWords).join(', ')}`;
  }
}

const tensorWords = ({
  name,
  dtype,
  shape,
}: Extract<InputSpec, { kind: 'tensor' }>['tensors'][number]): string =>
  `${name} ${dtype} [${shape.map((axis) => axis ?? '?').join()}]`;
