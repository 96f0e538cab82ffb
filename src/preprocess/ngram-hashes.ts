import { encodeText } from '../task/text-codec.js';
import type { HashedNgramsPreprocess } from './preprocess-spec.js';

const fnvBasis = 0x811c9dc5;
const fnvPrime = 0x01000193;
/** Hashed before an n-gram, so that a word and a run of characters that read the same differ. */
const wordMark = 0x77; // w
const characterMark = 0x63; // c
const space = 0x20;
const wordPattern = /[\p{L}\p{M}\p{N}]+/gu;

/** 32-bit FNV-1a, one byte further. Unsigned only after `>>> 0`. */
const hashByte = (hash: number, byte: number): number => Math.imul(hash ^ byte, fnvPrime);

/** 32-bit FNV-1a. @see draft-eastlake-fnv */
export const fnv1a = (bytes: Uint8Array): number => bytes.reduce(hashByte, fnvBasis) >>> 0;

/**
 * Gives the hash of each n-gram of a text to `visit`, one as often as it occurs; see
 * `createHashedNgramsPreprocessor`. No n-gram becomes a string of its own: the words are one run of
 * bytes, and a hash grows byte by byte from the n-gram before it.
 */
export function visitNgramHashes(
  text: string,
  { words, characters }: Pick<HashedNgramsPreprocess, 'words' | 'characters'>,
  visit: (hash: number) => void,
): void {
  const found = text.match(wordPattern);
  if (found === null) return;
  const bytes = encodeText(` ${found.join(' ')} `);
  if (words !== null) visitWords(bytes, words, visit);
  if (characters !== null) visitCharacters(bytes, characters, visit);
}

type Lengths = readonly [number, number];

function visitWords(
  bytes: Uint8Array,
  [shortest, longest]: Lengths,
  visit: (hash: number) => void,
): void {
  for (let start = 1; start < bytes.length; start = bytes.indexOf(space, start) + 1) {
    let hash = hashByte(fnvBasis, wordMark);
    let length = 0;
    for (let k = start; k < bytes.length; k++) {
      if (bytes[k] === space && ++length >= shortest) visit(hash >>> 0);
      if (length === longest) break;
      hash = hashByte(hash, bytes[k]!);
    }
  }
}

function visitCharacters(
  bytes: Uint8Array,
  [shortest, longest]: Lengths,
  visit: (hash: number) => void,
): void {
  for (let before = 0, after = 0; before < bytes.length - 1; before = after) {
    after = bytes.indexOf(space, before + 1);
    for (let start = before; start <= after; start++) {
      if (isInsideCharacter(bytes[start]!)) continue;
      let hash = hashByte(fnvBasis, characterMark);
      let length = 0;
      for (let k = start; k <= after && length < longest; k++) {
        hash = hashByte(hash, bytes[k]!);
        const isWhole = k === after || !isInsideCharacter(bytes[k + 1]!);
        if (isWhole && ++length >= shortest) visit(hash >>> 0);
      }
    }
  }
}

/** A byte of a character in UTF-8 after its first. */
const isInsideCharacter = (byte: number): boolean => (byte & 0xc0) === 0x80;
