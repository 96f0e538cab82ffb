/** What comes inside a word begins with it; BERT's convention. */
const inside = '##';

export interface PieceLimits {
  /** Pieces in all; fewer where the texts do not have so many. */
  readonly piecesMax: number;
  /** Pieces that are rarer are not joined. */
  readonly countMin: number;
}

/** A word of the texts, as pieces that grow. */
interface Word {
  pieces: string[];
  readonly count: number;
}

/**
 * Learns the pieces that words are made of: their characters, and what comes of joining, again and
 * again, the two neighbours that are found together most often. Of those equally often the first in
 * code units: the same words give the same pieces.
 *
 * @param words  how often each comes; a character is one of Unicode's code points.
 * @returns      pieces, `##` before those that come inside of a word, the most useful ones first.
 * @see Sennrich et al. 2016, "Neural Machine Translation of Rare Words with Subword Units", alg. 1,
 *      arXiv:1508.07909
 */
export function learnPieces(
  words: ReadonlyMap<string, number>,
  { piecesMax, countMin }: PieceLimits,
): readonly string[] {
  const pieces = new Set(charactersOf(words).slice(0, piecesMax));
  const own = [...words].map(([word, count]): Word => ({ pieces: charactersIn(word), count }));
  const pairs = countPairs(own);
  while (pieces.size < piecesMax) {
    const best = pairs.mostOften(countMin);
    if (best === null) break;
    const [first, second] = best.split(' ') as [string, string];
    const joined = first + second.slice(inside.length);
    pieces.add(joined);
    for (const word of pairs.wordsWith(best)) {
      pairs.forget(word);
      word.pieces = joinedIn(word.pieces, { first, second, joined });
      pairs.add(word);
    }
  }
  return [...pieces];
}

const charactersIn = (word: string): string[] =>
  Array.from(word, (character, index) => (index === 0 ? character : inside + character));

/** Each as the start of a word and inside of one: any word of known characters has pieces. */
function charactersOf(words: ReadonlyMap<string, number>): string[] {
  const counts = new Map<string, number>();
  for (const [word, count] of words)
    for (const character of word) counts.set(character, (counts.get(character) ?? 0) + count);
  return [...counts]
    .sort(([a, ofA], [b, ofB]) => ofB - ofA || (a < b ? -1 : 1))
    .flatMap(([character]) => [character, inside + character]);
}

function joinedIn(
  pieces: readonly string[],
  { first, second, joined }: { first: string; second: string; joined: string },
): string[] {
  const after: string[] = [];
  for (let k = 0; k < pieces.length; k++) {
    const isPair = pieces[k] === first && pieces[k + 1] === second;
    after.push(isPair ? joined : pieces[k]!);
    if (isPair) k++;
  }
  return after;
}

/** Counts neighbours, named `a ##b`, and remembers who has them. */
function countPairs(words: readonly Word[]) {
  const found = new Map<string, { count: number; readonly words: Set<Word> }>();
  const pairsOf = ({ pieces }: Word): string[] =>
    pieces.slice(1).map((piece, k) => `${pieces[k]!} ${piece}`);

  function add(word: Word): void {
    for (const pair of pairsOf(word)) {
      const known = found.get(pair) ?? { count: 0, words: new Set() };
      known.count += word.count;
      known.words.add(word);
      found.set(pair, known);
    }
  }

  words.forEach(add);
  return {
    add,
    forget(word: Word): void {
      for (const pair of pairsOf(word)) {
        const known = found.get(pair);
        if (known === undefined) continue;
        known.count -= word.count;
        known.words.delete(word);
        if (known.count <= 0) found.delete(pair);
      }
    },
    wordsWith: (pair: string): readonly Word[] => [...(found.get(pair)?.words ?? [])],
    /** @returns null where none comes `countMin` times. */
    mostOften(countMin: number): string | null {
      let best: string | null = null;
      let most = countMin - 1;
      for (const [pair, { count }] of found) {
        if (count < most || (count === most && (best === null || pair > best))) continue;
        best = pair;
        most = count;
      }
      return best;
    },
  };
}
