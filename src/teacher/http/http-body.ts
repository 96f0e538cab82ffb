import { InvalidInputError } from '../../errors.js';
import { decodeImage } from '../../task/image-codec.js';
import { jsonOfInput, type ElementJson, type InputAsJson } from '../../task/input-json.js';
import type { ImageInput, Input, InputSpec } from '../../task/task.js';
import { decodeText } from '../../task/text-codec.js';
import type { HttpRequest } from '../remote/http-client.js';
import type { HttpOptions, Json } from './http-options.js';

type Sent = InputAsJson | readonly ElementJson[];

/**
 * Writes one request. Inputs replace placeholders in parsed JSON, so that nothing in them can be
 * taken for JSON, or for another placeholder.
 *
 * @param rows  one, or as many as the request takes.
 */
export function httpRequestOf(
  rows: readonly Input[],
  spec: InputSpec,
  { url, request }: Pick<HttpOptions, 'url' | 'request'>,
): HttpRequest {
  const sent = rows.map((row) => sentOf(row, spec, request.image));
  const text = typeof sent[0] === 'string' ? sent[0] : null;
  const filledUrl = url.replaceAll('{{input}}', () => {
    if (text !== null) return encodeURIComponent(text);
    throw new InvalidInputError('Only a text or base64 goes into a URL.');
  });
  const body = request.method === 'GET' ? null : JSON.stringify(filled(request.body, sent));
  return { method: request.method, url: filledUrl, body };
}

function filled(template: Json, sent: readonly Sent[]): unknown {
  if (template === '{{inputs}}') return sent;
  if (template === '{{input}}') return sent[0];
  if (typeof template === 'string')
    return template.replaceAll('{{input}}', () => {
      const [first] = sent;
      return typeof first === 'string' ? first : JSON.stringify(first);
    });
  if (Array.isArray(template)) return template.map((one: Json) => filled(one, sent));
  if (typeof template !== 'object' || template === null) return template;
  return Object.fromEntries(
    Object.entries(template).map(([name, value]) => [name, filled(value, sent)]),
  );
}

function sentOf(input: Input, spec: InputSpec, image: 'base64' | 'numbers'): Sent {
  if (spec.kind === 'text') return decodeText(input);
  if (spec.kind === 'image' && image === 'numbers') return rowsOfPixels(input, spec);
  return jsonOfInput(input, spec);
}

function rowsOfPixels(input: Input, spec: ImageInput): readonly ElementJson[] {
  const { width, height, channels } = spec;
  const pixels = decodeImage(input, spec);
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (__, x) => {
      const start = (y * width + x) * channels;
      return channels === 1 ? pixels[start]! : [...pixels.subarray(start, start + channels)];
    }),
  );
}
