import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../../src/files/repository-root.js';
import { intentWords, writeEncoderBundle, writeIntentsTask } from '../encoder/encoder-bundle.js';
import { largeEncoder, smallEncoder, tinyEncoder } from '../encoder/encoder-graph.js';
import { makeTexts } from '../encoder/word-piece.js';

/** The tiny one is for short queries. */
const sizes = {
  large: largeEncoder,
  small: smallEncoder,
  tiny: { ...tinyEncoder, padToMultipleOf: 8 },
} as const;
export type EncoderName = keyof typeof sizes;

/** The encoder's bundle in `.bench/`, made when it is not there. @returns its directory. */
export async function encoderBundle(name: EncoderName): Promise<string> {
  const size = sizes[name];
  const dir = join(repositoryRoot(), '.bench', `encoder-${size.layers}x${size.width}`);
  if (!existsSync(join(dir, 'manifest.json'))) await writeEncoderBundle(dir, { ...size, seed: 1 });
  return dir;
}

/** A task whose student is the encoder, which is also its teacher. @returns the task file. */
export async function encoderTask(name: EncoderName): Promise<string> {
  const dir = await encoderBundle(name);
  return writeIntentsTask(dir, { student: dir, teacher: dir });
}

/** Made-up texts of exactly so many tokens: all of them share runs. */
export function textsOfTokens(count: number, tokens: number): readonly string[] {
  const words = tokens - 2; // [CLS] and [SEP].
  return makeTexts(intentWords(), { count, wordsMin: words, wordsMax: words, seed: 32 });
}

/** One body a text, for the student. */
export const textBodies = (texts: readonly string[]): Buffer[] =>
  texts.map((input) => Buffer.from(JSON.stringify({ input, route: 'student' })));

/** Bodies of so many texts each, for the student; what is left over is left out. */
export const textBatches = (texts: readonly string[], rows: number): Buffer[] =>
  Array.from({ length: Math.floor(texts.length / rows) }, (_, batch) => {
    const inputs = texts.slice(batch * rows, (batch + 1) * rows);
    return Buffer.from(JSON.stringify({ inputs, route: 'student' }));
  });
