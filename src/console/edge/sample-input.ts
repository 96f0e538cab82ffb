import type { InputJson, PredictInputJson } from '../../http/api-types.js';
import { encodeText } from '../../task/text-codec.js';
import { fromBase64 } from '../draw/base64.js';

/** The canonical bytes of a sample as the API gives it: images are base64 of 8-bit values. */
export function sampleInputOf(input: PredictInputJson, kind: InputJson['kind']): Uint8Array {
  if (typeof input !== 'string') throw new Error(`Samples of ${kind} inputs are not read here.`);
  return kind === 'image' ? fromBase64(input) : encodeText(input);
}
