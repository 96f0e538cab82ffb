import { visitNgramHashes } from '../../preprocess/ngram-hashes.js';

/** Signs of a text that are compared: what comes after is left out. */
const charsMax = 2000;
/** Signs of all texts together that are compared: of each of 20 000 the first 400. */
const allCharsMax = 8_000_000;
/** Words, and pieces of three letters. */
const grams = { words: [1, 1], characters: [3, 3] } as const;
/** Grams whose hashes end alike count as one: for each text so many ends. */
const bucketsOfText = 256;
const bucketsMin = 2 ** 16;
const bucketsMax = 2 ** 20;
const countMax = 255;

/** Finds the texts of a fixed list that are most like a text. */
export interface TextIndex {
  /**
   * @param placesMax  how many at most.
   * @param isWanted   leaves texts out, by their place in the list.
   * @returns          places in the list, the likest first; fewer where nothing is alike at all.
   */
  nearest(text: string, placesMax: number, isWanted: (place: number) => boolean): readonly number[];
}

export interface TextIndexer {
  /** Takes the next text of the list. */
  add(text: string): void;
  /** The index of all that was added. It takes no more texts then. */
  index(): TextIndex;
}

/**
 * Makes an index of texts by the cosine of their words and three-letter pieces of words, each
 * weighted by how rare it is (tf-idf):
 *
 *     w(g, t) = count(g in t) * ln(1 + N / texts with g);  likeness(a, b) = <a, b> / (|a| |b|)
 *
 * Of a gram only its hash is kept, in a few long arrays: as maps of strings, 20 000 texts of 400
 * signs took 1.2 GB, and each search two seconds. What an index takes, and a search in it, is
 * bounded by the signs that are compared, whatever they are.
 *
 * @param textsMax  so many are added at most.
 */
export function createTextIndexer(textsMax: number): TextIndexer {
  const comparedChars = Math.min(charsMax, Math.ceil(allCharsMax / Math.max(1, textsMax)));
  const buckets = Math.min(bucketsMax, Math.max(bucketsMin, bucketsOfText * textsMax));
  const gramOf = createNumbers((length) => new Uint32Array(length));
  const countOf = createNumbers((length) => new Uint8Array(length));
  const endOf: number[] = [];
  return {
    add(text) {
      visitGrams(text.slice(0, comparedChars), buckets, (gram, count) => {
        gramOf.push(gram);
        countOf.push(count);
      });
      endOf.push(gramOf.length());
    },
    index() {
      const postings = postingsOf({
        buckets,
        gramOf: gramOf.take(),
        countOf: countOf.take(),
        endOf,
      });
      return {
        nearest(text, placesMax, isWanted) {
          const likeness = likenessTo(text.slice(0, comparedChars), postings);
          return topOf(likeness, placesMax, isWanted);
        },
      };
    },
  };
}

/** What texts consist of: grams, in the order of their texts. */
interface Counted {
  readonly buckets: number;
  /** [grams of all texts] its bucket. */
  readonly gramOf: Uint32Array;
  /** [grams of all texts] how often it is in its text. */
  readonly countOf: Uint8Array;
  /** [texts] where the grams of a text end. */
  readonly endOf: readonly number[];
}

/** In which texts a gram is. */
interface Postings {
  readonly texts: number;
  /** [buckets + 1] where the texts with a gram start, and those with the one before end. */
  readonly startOf: Uint32Array;
  /** [buckets] */
  readonly rarity: Float32Array;
  /** [grams of all texts] */
  readonly placeOf: Uint32Array;
  readonly weightOf: Float32Array;
}

function postingsOf({ buckets, gramOf, countOf, endOf }: Counted): Postings {
  const texts = endOf.length;
  const startOf = new Uint32Array(buckets + 1);
  for (const gram of gramOf) startOf[gram + 1]! += 1; // How many texts have it, at first.
  const rarity = new Float32Array(buckets);
  for (let gram = 0; gram < buckets; gram++) {
    rarity[gram] = Math.log(1 + texts / Math.max(1, startOf[gram + 1]!));
    startOf[gram + 1]! += startOf[gram]!;
  }
  const next = startOf.slice();
  const placeOf = new Uint32Array(gramOf.length);
  const weightOf = new Float32Array(gramOf.length);
  endOf.forEach((end, place) => {
    const start = place === 0 ? 0 : endOf[place - 1]!;
    const weightAt = (k: number): number => countOf[k]! * rarity[gramOf[k]!]!;
    let squares = 0;
    for (let k = start; k < end; k++) squares += weightAt(k) ** 2;
    const length = Math.sqrt(squares) || 1;
    for (let k = start; k < end; k++) {
      const at = next[gramOf[k]!]!++;
      placeOf[at] = place;
      weightOf[at] = weightAt(k) / length;
    }
  });
  return { texts, startOf, rarity, placeOf, weightOf };
}

/** @returns [texts] likeness, but for the length of the text. */
function likenessTo(
  text: string,
  { texts, startOf, rarity, placeOf, weightOf }: Postings,
): Float64Array {
  const likeness = new Float64Array(texts);
  visitGrams(text, rarity.length, (gram, count) => {
    const weight = count * rarity[gram]!;
    const end = startOf[gram + 1]!;
    for (let k = startOf[gram]!; k < end; k++) likeness[placeOf[k]!]! += weight * weightOf[k]!;
  });
  return likeness;
}

/** Places of the largest values above 0, the largest first; of equal ones the first in the list. */
function topOf(
  values: Float64Array,
  placesMax: number,
  isWanted: (place: number) => boolean,
): readonly number[] {
  const wanted: number[] = [];
  values.forEach((value, place) => {
    if (value > 0 && isWanted(place)) wanted.push(place);
  });
  // Numbers alone are sorted ten times as fast as places by what they stand for.
  const least =
    Float64Array.from(wanted, (place) => values[place]!)
      .sort()
      .at(-placesMax) ?? 0;
  return wanted
    .filter((place) => values[place]! >= least)
    .sort((one, other) => values[other]! - values[one]! || one - other)
    .slice(0, placesMax);
}

/** How often each word, and each piece of a word, is in a text. */
function visitGrams(
  text: string,
  buckets: number,
  visit: (gram: number, count: number) => void,
): void {
  const found: number[] = [];
  visitNgramHashes(text.toLowerCase(), grams, (hash) => void found.push(hash % buckets));
  const sorted = Uint32Array.from(found).sort();
  for (let start = 0, end = 0; start < sorted.length; start = end) {
    while (sorted[end] === sorted[start]) end++;
    visit(sorted[start]!, Math.min(countMax, end - start));
  }
}

/** Numbers, however many there will be. */
function createNumbers<T extends Uint32Array | Uint8Array>(allocate: (length: number) => T) {
  let held = allocate(1024);
  let length = 0;
  return {
    push(value: number): void {
      if (length === held.length) {
        const larger = allocate(2 * length);
        larger.set(held);
        held = larger;
      }
      held[length++] = value;
    },
    length: () => length,
    /** All of them; what holds them is then given up. */
    take(): T {
      const all = held.subarray(0, length) as T;
      [held, length] = [allocate(0), 0];
      return all;
    },
  };
}
