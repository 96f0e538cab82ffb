import type { TaskSpec } from '../../src/task/task.js';
import { seededDraw } from './seeded-draw.js';

/**
 * A text task that is not easy: what a text is about, by its words, of which some are of another
 * topic. A student of 600 rows has about nine of ten right.
 */
export const topicsTask = {
  name: 'topics',
  title: 'Topics',
  input: { kind: 'text', charsMax: 400 },
  labels: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'],
} as const satisfies TaskSpec;

const topics = topicsTask.labels.length;
const syllables = ['ba', 'ke', 'lo', 'mi', 'nu', 'ra', 'se', 'ti', 'vo', 'zu', 'dan', 'fel', 'gor'];
const wordDraw = seededDraw(77);
const newWord = (): string =>
  Array.from({ length: 3 }, () => syllables[Math.floor(wordDraw() * syllables.length)]!).join('');
const commonWords = Array.from({ length: 150 }, newWord);
const topicWords = Array.from({ length: topics }, () => Array.from({ length: 25 }, newWord));

/** A text about a topic: five words of it or, one in five, of another one; five of all topics. */
export function topicText(label: number, draw: () => number): string {
  const one = (from: readonly string[]): string => from[Math.floor(draw() * from.length)]!;
  const words = Array.from({ length: 10 }, (_, place) => {
    if (place % 2 === 0) return one(commonWords);
    const topic = draw() < 0.2 ? Math.floor(draw() * topics) : label;
    return one(topicWords[topic]!);
  });
  return words.join(' ');
}

/**
 * Writes an order to the teacher into a text, in signs that nobody sees and no n-gram has: Unicode
 * tags, which language models read. Its teacher, below, obeys.
 */
export const withOrder = (text: string, label: number): string =>
  text + String.fromCodePoint(firstTag + label);
const firstTag = 0xe0041;

/** A teacher that knows what a text is about (`truth`), and does as it is told. */
export function obedientTeacher(text: string, truth: number): number {
  const last = text.codePointAt(text.length - 2) ?? 0;
  return last >= firstTag && last < firstTag + topics ? last - firstTag : truth;
}
