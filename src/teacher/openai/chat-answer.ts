import { showValue } from '../../task/show-value.js';
import { notAnAnswer } from '../remote/answer-reader.js';
import { atPointer } from '../remote/json-pointer.js';
import type { TokenUsage } from '../teacher.js';

/** One answer of a model, checked as far as its label. */
export interface ChatChoice {
  /** Index of the task's label. */
  readonly label: number;
  /** What the server says of the tokens; untrusted. */
  readonly logprobs: unknown;
}

export interface ChatAnswer {
  /** At least one. */
  readonly choices: readonly ChatChoice[];
  /** Null where the server does not say. */
  readonly usage: TokenUsage | null;
}

interface AnswerTo {
  /** Of the teacher. */
  readonly name: string;
  readonly labels: readonly string[];
  /** Index of each label. */
  readonly indexOf: ReadonlyMap<string, number>;
}

/**
 * Reads a chat completion, which is not trusted: what is in it came from a model that has read the
 * input of a stranger.
 *
 * @throws {TeacherFailedError} when it is none, or one of its answers is none of the labels.
 */
export function readChatAnswer(answer: unknown, of: AnswerTo): ChatAnswer {
  const choices = atPointer(answer, '/choices');
  if (!Array.isArray(choices) || choices.length === 0)
    throw notAnAnswer(of.name, {
      got: errorIn(answer) ?? 'an answer without choices',
      expected: 'a chat completion with a list of choices',
      change: 'Check its url: it must end before /chat/completions.',
    });
  return { choices: choices.map((choice) => readChoice(choice, of)), usage: usageIn(answer) };
}

/** Some proxies send errors with status 200. */
function errorIn(answer: unknown): string | null {
  const message = atPointer(answer, '/error/message');
  return typeof message === 'string' ? `the error ${JSON.stringify(message.slice(0, 200))}` : null;
}

/** A model may answer otherwise when it is asked again. */
const again = { isRetryable: true };
/** It is this input that the model does not label. */
const ofInput = { isOfInput: true };

function readChoice(choice: unknown, of: AnswerTo): ChatChoice {
  const content = atPointer(choice, '/message/content');
  const reason = atPointer(choice, '/finish_reason');
  const refusal = atPointer(choice, '/message/refusal');
  const expected = 'a JSON object {"label": ...} with one of the labels';
  const refused = (got: string, change: string): Error =>
    notAnAnswer(of.name, { got, expected, change }, ofInput);
  if (typeof refusal === 'string' && refusal !== '')
    throw refused(`the refusal ${showValue(refusal)}`, toAnother);
  if (reason === 'length') throw refused('an answer that is cut off', raiseTokens);
  if (reason === 'content_filter')
    throw refused('an answer that its filter has taken away', otherFilter);
  const label = typeof content === 'string' ? labelIn(content) : undefined;
  const index = typeof label === 'string' ? of.indexOf.get(label) : undefined;
  if (index !== undefined) return { label: index, logprobs: atPointer(choice, '/logprobs') };
  const got = `the answer ${showValue(content)}`;
  const change =
    'Set structured: json-schema where the server can do that; else say in the instructions how ' +
    'labels are spelt.';
  throw notAnAnswer(of.name, { got, expected, change }, again);
}

const toAnother = 'The model does not want to answer this input: let it go to another teacher.';
const otherFilter = 'Let such inputs go to another teacher, or change the filter.';
const raiseTokens = 'Raise its tokensMax, or have the model think less.';

/** @returns undefined for what is no JSON object with a label. */
function labelIn(content: string): unknown {
  try {
    return atPointer(JSON.parse(unwrapped(content)), '/label');
  } catch {
    return undefined;
  }
}

const [thinking, thought, fence] = ['<think>', '</think>', '```'] as const;

/**
 * Takes away what models put around JSON without being asked. By searches for fixed words, whose
 * time is linear: who writes the input has a say in what the model answers.
 */
function unwrapped(content: string): string {
  let text = content.trim();
  if (text.startsWith(thinking)) text = textAfterLast(text, thought).trimStart();
  if (text.startsWith(fence)) text = text.slice(fence.length).replace(/^json/, '');
  return text.endsWith(fence) ? text.slice(0, -fence.length) : text;
}

/** All of it where the word is not there. */
function textAfterLast(text: string, word: string): string {
  const at = text.lastIndexOf(word);
  return at < 0 ? text : text.slice(at + word.length);
}

/** @returns null where there is none, or what it says can not be. */
function usageIn(answer: unknown): TokenUsage | null {
  const counts = ['/usage/prompt_tokens', '/usage/completion_tokens'].map((pointer) =>
    atPointer(answer, pointer),
  );
  const cached = atPointer(answer, '/usage/prompt_tokens_details/cached_tokens') ?? 0;
  const isCount = (value: unknown): value is number =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
  const [input, output] = counts;
  if (!isCount(input) || !isCount(output)) return null;
  const cachedInputTokens = isCount(cached) ? Math.min(cached, input) : 0;
  return { inputTokens: input, cachedInputTokens, outputTokens: output };
}
