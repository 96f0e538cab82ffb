import type { Input } from '../../task/task.js';
import type { ChatExample } from './chat-messages.js';
import { createTextIndex, type TextIndex } from './similar-texts.js';

/** A longer text is no example: it would cost more than it tells. */
const exampleCharsMax = 4000;
/** The pool is read again after so long, ms; while it has few examples, sooner. */
const poolMs = 600_000;
const smallPoolMs = 30_000;
const examplesFew = 200;
/** One label takes this share of the examples at most, rounded up. */
const labelShareMax = 0.5;

/** A row that the teacher has labelled. */
export interface ExampleRow {
  readonly input: Input;
  readonly label: number;
  readonly probabilities: Float64Array | null;
}

export interface CapturedExamplesOptions {
  /** Newest rows first. Holdout rows, and equals of them, must not be among them. */
  readonly readRows: () => Promise<readonly ExampleRow[]>;
  readonly textOf: (input: Input) => string;
  readonly labels: readonly string[];
  readonly countMax: number;
  readonly probabilityMin: number;
  /** ms since the epoch. */
  readonly now: () => number;
}

interface Pool {
  readonly examples: readonly ChatExample[];
  readonly index: TextIndex;
}

/**
 * Shows a model rows that it was sure of, those most like the input. An equal input is never shown
 * with its label: the teacher would copy it, and asking it again would prove nothing.
 *
 * @returns the examples of an input, the likest last, where models look most.
 */
export function createCapturedExamples(
  options: CapturedExamplesOptions,
): (input: Input) => Promise<readonly ChatExample[]> {
  const { readRows, textOf, labels, countMax, now } = options;
  let reading: Promise<Pool> | null = null;
  let staleAtMs = 0;

  async function readPool(): Promise<Pool> {
    const rows = (await readRows()).filter((row) => isSure(row, options.probabilityMin));
    const byText = new Map<string, string>(); // The newest of equal ones.
    for (const { input, label } of rows) {
      const text = textOf(input);
      if (text.length <= exampleCharsMax && !byText.has(text)) byText.set(text, labels[label]!);
    }
    const examples = [...byText].map(([input, label]) => ({ input, label }));
    return { examples, index: createTextIndex(examples.map(({ input }) => input)) };
  }

  function pool(): Promise<Pool> {
    if (reading !== null && now() < staleAtMs) return reading;
    const next = readPool();
    [reading, staleAtMs] = [next, now() + poolMs];
    next.then(
      ({ examples }) => {
        if (examples.length < examplesFew) staleAtMs = Math.min(staleAtMs, now() + smallPoolMs);
      },
      () => {
        if (reading === next) reading = null; // The next row tries again.
      },
    );
    return next;
  }

  return async (input) => {
    const { examples, index } = await pool();
    const text = textOf(input);
    const places = index.nearest(text, countMax * 8, (place) => examples[place]!.input !== text);
    const likest = places.map((place) => examples[place]!);
    return varied(likest, countMax).toReversed();
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

const isSure = ({ label, probabilities }: ExampleRow, probabilityMin: number): boolean =>
  probabilities === null || probabilities[label]! >= probabilityMin;
