import { allowedBy, formatFault, type FormatKind } from './chat-format.js';
import { createChatLimiter, type ChatLimits } from './chat-limits.js';
import { jsonReply, startTeacherServer } from './teacher-server.js';
import type { TeacherReply, TeacherRequest, TeacherServer } from './teacher-server.js';

/** The body of a chat completion, as far as the server looks at it. */
export interface ChatRequest {
  readonly model?: string;
  readonly messages?: readonly { readonly role: string; readonly content: string }[];
  readonly n?: number;
  readonly logprobs?: boolean;
  readonly top_logprobs?: number;
  readonly temperature?: number;
  readonly max_tokens?: number;
  readonly max_completion_tokens?: number;
  readonly stream?: boolean;
  readonly response_format?: {
    readonly type: string;
    readonly json_schema?: {
      readonly name?: string;
      readonly strict?: boolean;
      readonly schema: {
        readonly type: string;
        readonly properties: { readonly label: { readonly enum: readonly string[] } };
        readonly required: readonly string[];
        readonly additionalProperties?: boolean;
      };
    };
  };
}

/** What a model of the tests makes of an input: how probable each label is. */
export type ChatModel = (input: string, request: ChatRequest) => Readonly<Record<string, number>>;

export interface ChatServerOptions {
  readonly key: string;
  readonly model: ChatModel;
  /** Like Ollama before 0.12.11: no log-probabilities, and one answer whatever `n` says. */
  readonly isModest?: boolean;
  /** As the worst vocabulary, and the longest answers: a token a byte, and all of `max_tokens`. */
  readonly isDear?: boolean;
  /** Absent: it answers whatever comes. */
  readonly limits?: ChatLimits;
  /** What `response_format` may ask for; default: all there is. */
  readonly formats?: readonly FormatKind[];
}

/**
 * A server of the tests with the manners of OpenAI's chat API: keys, error bodies, `n`, limits of
 * requests and tokens, formats that are kept to, log-probabilities token by token with
 * alternatives, token counts with cached ones.
 */
export const startChatServer = (options: ChatServerOptions): Promise<TeacherServer> =>
  startTeacherServer(createChatAnswerer(options));

/** Makes what answers for such a server, wherever it listens. */
export function createChatAnswerer(
  options: ChatServerOptions,
): (request: Pick<TeacherRequest, 'path' | 'headers' | 'text'>) => TeacherReply {
  let answered = 0;
  const limiter = options.limits && createChatLimiter(options.limits);
  return ({ path, headers, text }) => {
    if (path !== '/v1/chat/completions') return failure(404, `Invalid URL (POST ${path})`, null);
    if (headers.authorization !== `Bearer ${options.key}`)
      return failure(401, 'Incorrect API key provided: sk-***.', 'invalid_api_key');
    const request = JSON.parse(text) as ChatRequest;
    const limited = limiter?.take(tokensAskedFor(request));
    if (limited?.refusal) return limited.refusal;
    const reply = complete(request, options, () => answered++);
    return { ...reply, headers: { ...limited?.headers } };
  };
}

function complete(
  request: ChatRequest,
  { model, isModest = false, isDear = false, formats = allFormats }: ChatServerOptions,
  draw: () => number,
): TeacherReply {
  const { messages = [], n = 1, logprobs = false, top_logprobs: top } = request;
  if (request.model !== 'small') return failure(404, 'The model does not exist', 'model_not_found');
  if (request.stream === true) return failure(400, 'This test does not stream.', null);
  if (top !== undefined && !logprobs)
    return failure(400, 'logprobs must be true when top_logprobs is used', null);
  const fault = formatFault(request, formats);
  if (fault !== null) return failure(400, fault, null, 'response_format');
  const last = messages.at(-1);
  if (last?.role !== 'user' || messages[0]?.role !== 'system')
    return failure(400, 'Give a system message first and a user message last.', null);
  const { input } = JSON.parse(last.content) as { input: string };
  const thought = Object.entries(model(input, request)).sort(([, a], [, b]) => b - a);
  const labels = allowedBy(request, thought);
  const choices = Array.from({ length: isModest ? 1 : n }, (_, index) => {
    const label = (request.temperature ?? 1) === 0 ? labels[0]![0] : drawn(labels, draw());
    return {
      index,
      message: { role: 'assistant', content: JSON.stringify({ label }), refusal: null },
      logprobs: logprobs && !isModest ? logprobsOf(label, labels) : null,
      finish_reason: 'stop',
    };
  });
  const promptTokens = isDear
    ? messages.reduce((sum, { content }) => sum + templateTokens + Buffer.byteLength(content), 0)
    : messages.reduce((sum, { content }) => sum + wordsIn(content), 0);
  const answerTokens = (isDear ? tokensMaxOf(request) : 5) * choices.length;
  return jsonReply({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    model: 'small-2026-01-01',
    choices,
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: answerTokens,
      total_tokens: promptTokens + answerTokens,
      prompt_tokens_details: { cached_tokens: isDear ? 0 : wordsIn(messages[0].content) },
    },
  });
}

const allFormats: readonly FormatKind[] = ['json_object', 'json_schema'];
/** Of a message, as templates with named roles have them. */
const templateTokens = 8;
const tokensMaxOf = ({ max_tokens, max_completion_tokens }: ChatRequest): number =>
  max_completion_tokens ?? max_tokens ?? 0;

export const wordsIn = (text: string): number => text.split(/\s+/).length;

/** What limits count before there is an answer: its prompt, about, and the longest answers. */
const tokensAskedFor = (request: ChatRequest): number =>
  (request.messages ?? []).reduce((sum, { content }) => sum + wordsIn(content), 0) +
  (request.n ?? 1) * tokensMaxOf(request);

function failure(
  status: number,
  message: string,
  code: string | null,
  param: string | null = null,
): TeacherReply {
  return jsonReply({ error: { message, type: 'invalid_request_error', param, code } }, status);
}

/** In turn, as often as it is probable: the k-th answer is at (k + 0.5) / 10 of the sum. */
function drawn(labels: readonly (readonly [string, number])[], turn: number): string {
  let left = ((turn % 10) + 0.5) / 10;
  return (labels.find(([, share]) => (left -= share) < 0) ?? labels[0]!)[0];
}

/** Tokens `{"`, `label`, `":"`, the first letter, the rest with its quote, `}`. */
function logprobsOf(label: string, labels: readonly (readonly [string, number])[]) {
  const sure = (token: string) => ({ token, logprob: 0, top_logprobs: [{ token, logprob: 0 }] });
  const byFirst = new Map<string, number>();
  for (const [name, share] of labels) byFirst.set(name[0]!, (byFirst.get(name[0]!) ?? 0) + share);
  const first = step(label[0]!, [...byFirst]);
  const rests = labels
    .filter(([name]) => name.startsWith(label[0]!))
    .map(([name, share]) => [`${name.slice(1)}"`, share / byFirst.get(label[0]!)!] as const);
  const rest = step(`${label.slice(1)}"`, rests);
  return { content: [sure('{"'), sure('label'), sure('":"'), first, rest, sure('}')] };
}

function step(token: string, shares: readonly (readonly [string, number])[]) {
  const alternatives = shares.map(([text, share]) => ({ token: text, logprob: Math.log(share) }));
  const top = alternatives.filter(({ logprob }) => logprob > -Infinity);
  return { ...top.find((one) => one.token === token)!, top_logprobs: top };
}
