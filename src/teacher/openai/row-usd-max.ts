import type { ChatMessage } from './chat-messages.js';
import { chatRequestBody } from './chat-request.js';
import type { OpenaiOptions, TokenPrices } from './openai-options.js';

/**
 * Tokens that a chat template adds to a message, and to all of them, beside those of their texts:
 * OpenAI's takes 3, others name the role and both borders.
 */
const templateTokens = 16;

/**
 * Bounds what a row can cost, US dollars.
 *
 *     requests * (input * p_in + choices * tokensMax * p_out) / 1 000 000
 *     input = bytes of the body + 16 * (messages + 1)
 *
 * A token of a byte-level vocabulary has at least one byte, and the body has the bytes of all that
 * a model is given to read, the schema of its answer too. Usual texts have four bytes a token: the
 * bound is a few times what a row costs, until its answer says how much that was. Answers that are
 * counted may take a request each, all of the prompt. What `extra` says of them holds.
 */
export function rowUsdMax(
  messages: readonly ChatMessage[],
  prices: TokenPrices,
  told: { readonly labels: readonly string[]; readonly options: OpenaiOptions },
): number {
  const { options } = told;
  const { samples, sampleTemperature: temperature } = options;
  const longest = { choices: samples, temperature, hasLogprobs: true };
  const bodyBytes = Buffer.byteLength(chatRequestBody(messages, longest, told), 'utf8');
  const inputTokens = bodyBytes + templateTokens * (messages.length + 1);
  const outputTokens = extraNumber(options, ['n'], 1) * tokensMaxOf(options);
  const { inputUsdPerMillion, cachedInputUsdPerMillion, outputUsdPerMillion } = prices;
  const inputPrice = Math.max(inputUsdPerMillion, cachedInputUsdPerMillion ?? 0);
  const requestUsd = (inputTokens * inputPrice + outputTokens * outputUsdPerMillion) / 1e6;
  return requestsMaxOf(options) * requestUsd;
}

function requestsMaxOf({ softLabels, samples }: OpenaiOptions): number {
  if (softLabels === 'none' || samples === 1) return 1;
  return softLabels === 'samples' ? samples : 1 + samples; // Without log-probabilities it counts.
}

const tokensMaxOf = (options: OpenaiOptions): number =>
  extraNumber(options, ['max_tokens', 'max_completion_tokens'], options.tokensMax);

/** The largest of what `extra` has under these names, and what holds without it. */
function extraNumber({ extra }: OpenaiOptions, names: readonly string[], usual: number): number {
  const given = names.map((name) => extra[name]).filter((value) => typeof value === 'number');
  return Math.max(usual, ...given);
}
