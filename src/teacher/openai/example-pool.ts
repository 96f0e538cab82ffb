import type { ChatExample } from './chat-messages.js';
import { createTextIndexer } from './similar-texts.js';

/** Signs of all examples together: older ones that do not fit are left out. */
const poolCharsMax = 32_000_000;
/** One label takes this share of the examples at most, rounded up. */
const labelShareMax = 0.5;
/** So many times as many are looked at, to have some of each label. */
const lookTimes = 8;

/** Examples to choose from. */
export interface ExamplePool {
  readonly count: number;
  /**
   * Those most like a text, the likest last, where models look most. An equal text is never shown
   * with its label: the teacher would copy it, and asking it again would prove nothing.
   */
  likest(text: string, countMax: number): readonly ChatExample[];
}

export interface PoolFiller {
  /** Takes examples, newest first: of equal ones the first stays. */
  add(examples: readonly ChatExample[]): void;
  /** The pool of all that was added. It takes no more then. */
  pool(): ExamplePool;
}

/** @param examplesMax  so many are added at most. */
export function createPoolFiller(examplesMax: number): PoolFiller {
  const indexer = createTextIndexer(examplesMax);
  const examples = new Map<string, ChatExample>();
  let chars = 0;
  return {
    add(more) {
      for (const example of more) {
        const { input } = example;
        if (examples.has(input) || chars + input.length > poolCharsMax) continue;
        chars += input.length;
        examples.set(input, example);
        indexer.add(input);
      }
    },
    pool() {
      const all = [...examples.values()];
      const index = indexer.index();
      return {
        count: all.length,
        likest(text, countMax) {
          const isOther = (place: number): boolean => all[place]!.input !== text;
          const places = index.nearest(text, countMax * lookTimes, isOther);
          const likest = places.map((place) => all[place]!);
          return varied(likest, countMax).toReversed();
        },
      };
    },
  };
}

/** The likest ones, no label among them too often; what is then missing is filled up. */
function varied(likest: readonly ChatExample[], countMax: number): readonly ChatExample[] {
  const ofLabelMax = Math.ceil(countMax * labelShareMax);
  const taken = new Map<string, number>();
  const chosen = likest.filter(({ label }) => {
    const count = taken.get(label) ?? 0;
    taken.set(label, count + 1);
    return count < ofLabelMax;
  });
  const others = likest.filter((example) => !chosen.includes(example));
  const kept = new Set([...chosen, ...others].slice(0, countMax));
  return likest.filter((example) => kept.has(example));
}
