import type { ChatRequest } from './chat-server.js';

export type FormatKind = 'json_object' | 'json_schema';
type Shares = readonly (readonly [label: string, share: number])[];

/** @returns why a server refuses the format that a request asks for; null where it does not. */
export function formatFault(
  { response_format: format, messages = [] }: ChatRequest,
  supported: readonly FormatKind[],
): string | null {
  if (format === undefined || format.type === 'text') return null;
  if (!supported.some((kind) => kind === format.type))
    return (
      `Invalid parameter: 'response_format' of type '${format.type}' is not supported with this ` +
      'model.'
    );
  if (format.type === 'json_object')
    return messages.some(({ content }) => /json/i.test(content))
      ? null
      : "'messages' must contain the word 'json' in some form, to use 'response_format' of type " +
          "'json_object'.";
  const { name = '', strict, schema } = format.json_schema ?? {};
  const at = 'Invalid schema for response_format';
  if (!/^[\w-]{1,64}$/.test(name)) return `${at}: 'name' must be a-z, A-Z, 0-9, _ or -.`;
  if (schema?.type !== 'object') return `${at} '${name}': schema must be of type 'object'.`;
  if (strict !== true) return null;
  if (schema.additionalProperties !== false)
    return `${at} '${name}': 'additionalProperties' is required to be supplied and to be false.`;
  const missing = Object.keys(schema.properties).find((key) => !schema.required.includes(key));
  return missing === undefined ? null : `${at} '${name}': 'required' must have '${missing}'.`;
}

/** What is left of the labels that a model thinks of where its answer is bound to a schema. */
export function allowedBy({ response_format: format }: ChatRequest, labels: Shares): Shares {
  const allowed = format?.json_schema?.schema.properties.label.enum;
  if (allowed === undefined) return labels;
  const possible = labels.filter(([label, share]) => allowed.includes(label) && share > 0);
  const sum = possible.reduce((total, [, share]) => total + share, 0);
  return sum === 0
    ? allowed.map((label) => [label, 1 / allowed.length] as const)
    : possible.map(([label, share]) => [label, share / sum] as const);
}
