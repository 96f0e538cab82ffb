import type { InputJson, PredictInputJson } from '../../http/api-types.js';
import { toBase64 } from '../draw/base64.js';

type Tensor = Extract<InputJson, { kind: 'tensor' }>['tensors'][number];

/** Length that stands for an axis of any length. */
const anyLength = 4;

/** An input that is valid for the task and says nothing: a start for one's own. */
export function exampleJson(input: InputJson): PredictInputJson {
  switch (input.kind) {
    case 'text':
      return 'A text';
    case 'image': {
      const size = input.width * input.height * input.channels;
      return toBase64(Uint8Array.from({ length: size }, (_, k) => (k * 37) % 256));
    }
    case 'tensor':
      return Object.fromEntries(
        input.tensors.map((tensor) => [tensor.name, nested(tensor, tensor.shape)]),
      );
  }
}

/** Ones: valid for numbers, and for ids of any vocabulary. */
function nested(tensor: Tensor, [length, ...rest]: Tensor['shape']): PredictInputJson {
  if (length === undefined) return elementOf(tensor);
  return Array.from({ length: length ?? anyLength }, () => nested(tensor, rest));
}

function elementOf({ dtype }: Tensor): PredictInputJson {
  if (dtype === 'string') return 'a text';
  return dtype === 'bool' ? true : 1;
}
