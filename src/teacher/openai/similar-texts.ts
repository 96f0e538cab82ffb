/** Signs of a text that are compared: what comes after is left out. */
const charsMax = 2000;
const gramChars = 3;

/** Finds the texts of a fixed list that are most like a text. */
export interface TextIndex {
  /**
   * @param countMax  how many at most.
   * @param isWanted  leaves texts out, by their place in the list.
   * @returns         places in the list, the likest first; fewer where nothing is alike at all.
   */
  nearest(text: string, countMax: number, isWanted: (place: number) => boolean): readonly number[];
}

/**
 * Makes an index of texts by the cosine of their words and three-letter pieces of words, each
 * weighted by how rare it is (tf-idf):
 *
 *     w(g, t) = count(g in t) * ln(1 + N / texts with g);  likeness(a, b) = <a, b> / (|a| |b|)
 */
export function createTextIndex(texts: readonly string[]): TextIndex {
  const counted = texts.map(gramsOf);
  const frequency = new Map<string, number>();
  for (const grams of counted)
    for (const gram of grams.keys()) frequency.set(gram, (frequency.get(gram) ?? 0) + 1);
  const rarity = (gram: string): number => Math.log(1 + texts.length / (frequency.get(gram) ?? 1));
  const postings = new Map<string, { readonly place: number; readonly weight: number }[]>();
  counted.forEach((grams, place) => {
    const length = lengthOf(grams, rarity);
    for (const [gram, count] of grams) {
      const posting = { place, weight: (count * rarity(gram)) / length };
      const list = postings.get(gram);
      if (list === undefined) postings.set(gram, [posting]);
      else list.push(posting);
    }
  });

  return {
    nearest(text, countMax, isWanted) {
      const likeness = new Map<number, number>();
      for (const [gram, count] of gramsOf(text))
        for (const { place, weight } of postings.get(gram) ?? [])
          likeness.set(place, (likeness.get(place) ?? 0) + weight * count * rarity(gram));
      return [...likeness]
        .filter(([place]) => isWanted(place))
        .sort(([a, one], [b, other]) => other - one || a - b)
        .slice(0, countMax)
        .map(([place]) => place);
    },
  };
}

/** How often each word, and each piece of a word, is in a text. */
function gramsOf(text: string): ReadonlyMap<string, number> {
  const grams = new Map<string, number>();
  const add = (gram: string): void => void grams.set(gram, (grams.get(gram) ?? 0) + 1);
  const words =
    text
      .slice(0, charsMax)
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  for (const word of words) {
    add(word);
    const marked = `_${word}_`;
    for (let k = 0; k + gramChars <= marked.length; k++) add(`#${marked.slice(k, k + gramChars)}`);
  }
  return grams;
}

function lengthOf(grams: ReadonlyMap<string, number>, rarity: (gram: string) => number): number {
  let sum = 0;
  for (const [gram, count] of grams) sum += (count * rarity(gram)) ** 2;
  return Math.sqrt(sum) || 1;
}
