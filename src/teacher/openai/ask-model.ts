import { createHttpClient } from '../remote/http-client.js';
import { headersOf } from '../remote/remote-options.js';
import type { TokenUsage } from '../teacher.js';
import { readChatAnswer, type ChatAnswer, type ChatChoice } from './chat-answer.js';
import type { ChatMessage } from './chat-messages.js';
import { chatRequestBody, type ChatAsk } from './chat-request.js';
import type { OpenaiOptions } from './openai-options.js';

/** Asks a language model; its failures are a teacher's. */
export interface ModelAsker {
  once(messages: readonly ChatMessage[], how: ChatAsk, signal: AbortSignal): Promise<ChatAnswer>;
  /**
   * Counts `samples` answers: some servers give one, however many are asked for.
   *
   * @param onUsage  hears what each request took, as soon as it is answered; null: it did not say.
   * @returns        [labels] shares among the answers, summing to 1.
   */
  often(
    messages: readonly ChatMessage[],
    onUsage: (usage: TokenUsage | null) => void,
    signal: AbortSignal,
  ): Promise<Float64Array>;
}

/** @param now  ms since the epoch. */
export function createModelAsker(
  options: OpenaiOptions,
  labels: readonly string[],
  now: () => number,
): ModelAsker {
  const { name, samples, sampleTemperature } = options;
  const secret = options.apiKey;
  const ask = createHttpClient({ name, headers: headersOf(options), secret, now });
  const url = chatUrlOf(options.url);
  const of = { name, labels, indexOf: new Map(labels.map((label, index) => [label, index])) };

  async function once(messages: readonly ChatMessage[], how: ChatAsk, signal: AbortSignal) {
    const body = chatRequestBody(messages, how, { labels, options });
    return readChatAnswer(await ask({ method: 'POST', url, body }, signal), of);
  }

  return {
    once,
    async often(messages, onUsage, signal) {
      const choices: ChatChoice[] = [];
      while (choices.length < samples) {
        const wanted = samples - choices.length;
        const how = { choices: wanted, temperature: sampleTemperature, hasLogprobs: false };
        const answer = await once(messages, how, signal);
        choices.push(...answer.choices.slice(0, wanted));
        onUsage(answer.usage);
      }
      return sharesOf(choices, labels.length);
    },
  };
}

/** A query stays: Azure's has the version of the API. */
function chatUrlOf(base: string): string {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/chat/completions`;
  return url.href;
}

/** Shares of the labels among answers. */
function sharesOf(choices: readonly ChatChoice[], classes: number): Float64Array {
  const shares = new Float64Array(classes);
  for (const { label } of choices) shares[label]! += 1 / choices.length;
  return shares;
}
