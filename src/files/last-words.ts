import type { Readable } from 'node:stream';

/**
 * Keeps the end of what a process says, such as its standard error: why it ended is told last.
 *
 * @param charsMax  characters that are kept: so many are worth showing.
 * @returns         a function that gives them as they are now.
 */
export function lastWordsOf(stream: Readable, charsMax = 600): () => string {
  let words = '';
  stream.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString('utf8')).slice(-charsMax);
  });
  return () => words;
}
