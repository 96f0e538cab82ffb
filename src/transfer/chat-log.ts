import type { TableRow } from '../files/table-rows.js';

/** What one line of a log of LLM calls says: the text that was asked about, and the answer. */
export interface ChatLine {
  readonly text: string;
  readonly answer: string;
  /** When it was answered, ms since the epoch; null where the line does not say. */
  readonly createdMs: number | null;
}

/** Cuts the input out of a prompt that wraps it. */
export interface PromptCut {
  /** The input starts after the first place of it; null: at the start. */
  readonly after: string | null;
  /** It ends before the next place of this; null: at the end. */
  readonly before: string | null;
}

/**
 * Reads a line of a log of OpenAI chat completions. A line is the request with its response, under
 * `request` and `response`, `body` and `response`, or `input` and `output`, each itself or its
 * `body`; or one conversation that ends with the answer (`messages`), as files for fine-tuning are.
 *
 * An answer that was cut off is none: what is left of it may read as a label that was never meant.
 *
 * @returns why there is nothing in a line of another form, or without a text or a whole answer.
 */
export function readChatLine(line: TableRow, cut: PromptCut): ChatLine | string {
  const request = bodyOf(line['request'] ?? line['body'] ?? line['input'] ?? line);
  const response = bodyOf(line['response'] ?? line['output'] ?? line);
  const messages = listOf(request['messages']).map(objectOf);
  const finish = objectOf(listOf(response['choices'])[0])['finish_reason'];
  if (finish === 'length' || finish === 'content_filter')
    return `the answer was cut off (finish_reason is ${finish}): it is not the whole answer.`;
  const answer = answerOf(response) ?? lastAnswerOf(messages);
  const asked = messages.filter(({ role }) => role === 'user').at(-1);
  const prompt = asked === undefined ? null : textOf(asked['content']);
  const text = prompt === null ? null : cutOut(prompt, cut);
  if (text === null || text === '' || answer === null)
    return 'no text of a user, and an answer to it, was found where --after and --before cut.';
  const created = response['created'];
  return { text, answer, createdMs: typeof created === 'number' ? created * 1000 : null };
}

/** A batch file has the body of each call beside its status. */
function bodyOf(value: unknown): TableRow {
  const outer = objectOf(value);
  const inner = objectOf(outer['body']);
  return Object.keys(inner).length > 0 ? inner : outer;
}

function answerOf(response: TableRow): string | null {
  const message = objectOf(objectOf(listOf(response['choices'])[0])['message']);
  const call = objectOf(objectOf(listOf(message['tool_calls'])[0])['function']);
  return textOf(message['content']) ?? textOf(call['arguments']);
}

const lastAnswerOf = (messages: readonly TableRow[]): string | null => {
  const last = messages.at(-1);
  return last?.['role'] === 'assistant' ? textOf(last['content']) : null;
};

/** A text, or the texts of a list of parts. */
function textOf(content: unknown): string | null {
  if (typeof content === 'string') return content;
  const parts = listOf(content).map((part) => objectOf(part)['text']);
  const texts = parts.filter((part) => typeof part === 'string');
  return texts.length === 0 ? null : texts.join('\n');
}

function cutOut(prompt: string, { after, before }: PromptCut): string | null {
  const found = after === null ? 0 : prompt.indexOf(after);
  if (found < 0) return null;
  const start = found + (after?.length ?? 0);
  const end = before === null ? prompt.length : prompt.indexOf(before, start);
  return end < 0 ? null : prompt.slice(start, end).trim();
}

/**
 * Finds the label that an answer means: the answer itself, but for case, quotes and a full stop; or
 * the one label among the texts of an answer in JSON, such as `{"label": "refund"}`. Either may be
 * all that is in a block of code of Markdown.
 *
 * @returns its index; null when there is none, or more than one.
 */
export function labelIn(answer: string, labels: readonly string[]): number | null {
  const own = indexOf(answer, labels);
  if (own !== null) return own;
  const texts = blockTexts(answer).flatMap((text) => [text, ...textsIn(text)]);
  const values = texts.map((text) => indexOf(text, labels));
  const found = new Set(values.filter((index) => index !== null));
  return found.size === 1 ? [...found][0]! : null;
}

function indexOf(text: string, labels: readonly string[]): number | null {
  const exact = labels.indexOf(text.trim());
  if (exact >= 0) return exact;
  const wanted = plain(text);
  const matches = labels.flatMap((label, index) => (plain(label) === wanted ? [index] : []));
  return matches.length === 1 ? matches[0]! : null;
}

const plain = (text: string): string =>
  text
    .trim()
    .replace(/^["'`*]+/, '')
    .replace(/(?<![."'`*])[."'`*]+$/, '') // From its start alone: else the time is quadratic.
    .trim()
    .toLowerCase();

/**
 * What an answer says that is one block of code: its content, and its language, which is rather a
 * part of the content where it is a label. Any other answer is its own content.
 */
function blockTexts(answer: string): readonly string[] {
  const block = answer.trim();
  const fence = /^(?:`{3,}|~{3,})/.exec(block)?.[0] ?? '';
  if (fence === '' || block.length < 2 * fence.length || !block.endsWith(fence)) return [answer];
  const inside = block.slice(fence.length, -fence.length);
  // A word in the line of the fence is a language; before JSON it needs no line of its own.
  const language = /^[\w.+#-]{1,40}(?=[ \t]*(?:\r?\n|\{))/.exec(inside)?.[0] ?? '';
  return [language, inside.slice(language.length)];
}

function textsIn(answer: string): readonly string[] {
  try {
    const values = Object.values(objectOf(JSON.parse(answer)));
    return values.filter((value) => typeof value === 'string');
  } catch {
    return [];
  }
}

const objectOf = (value: unknown): TableRow =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as TableRow) : {};
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
