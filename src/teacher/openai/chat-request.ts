import type { ChatMessage } from './chat-messages.js';
import type { OpenaiOptions } from './openai-options.js';

/** What one request asks for beside its messages. */
export interface ChatAsk {
  /** Answers, each drawn anew. */
  readonly choices: number;
  readonly temperature: number | null;
  readonly hasLogprobs: boolean;
}

/** Writes the body of a chat completion. What `extra` has wins over our own, but for messages. */
export function chatRequestBody(
  messages: readonly ChatMessage[],
  { choices, temperature, hasLogprobs }: ChatAsk,
  { labels, options }: { readonly labels: readonly string[]; readonly options: OpenaiOptions },
): string {
  const { model, structured, tokensField, tokensMax, topLogprobs, extra } = options;
  return JSON.stringify({
    model,
    [tokensField]: tokensMax,
    ...(temperature === null ? {} : { temperature }),
    ...(choices === 1 ? {} : { n: choices }),
    ...(hasLogprobs ? { logprobs: true, top_logprobs: topLogprobs } : {}),
    ...(structured === 'none' ? {} : { response_format: formatOf(structured, labels) }),
    stream: false,
    ...extra,
    messages,
  });
}

function formatOf(structured: 'json-schema' | 'json-object', labels: readonly string[]): object {
  if (structured === 'json-object') return { type: 'json_object' };
  const schema = {
    type: 'object',
    properties: { label: { type: 'string', enum: labels } },
    required: ['label'],
    additionalProperties: false,
  };
  return { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema } };
}
