import type { Input, InputSpec } from '../task/task.js';
import { parseImage } from './parse-image.js';
import { parseTensors } from './parse-tensors.js';
import { parseText } from './parse-text.js';

/**
 * Reads one input of a request body into its canonical bytes.
 *
 * @param field  where it stands in the body, for messages.
 * @throws {InvalidInputError} saying what was expected, what was got and what to change.
 */
export function parseInput(value: unknown, spec: InputSpec, field: string): Input {
  switch (spec.kind) {
    case 'image':
      return parseImage(value, spec, field);
    case 'text':
      return parseText(value, spec, field);
    case 'tensor':
      return parseTensors(value, spec, field);
  }
}
