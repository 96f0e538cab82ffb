import { setImmediate } from 'node:timers/promises';
import { TeacherFailedError } from '../../errors.js';
import type { Input } from '../../task/task.js';
import type { ChatExample } from './chat-messages.js';
import type { ExampleSearch } from './example-search.js';

/** A longer text is no example: it would cost more than it tells. */
const exampleCharsMax = 4000;
/** No input of more bytes is shorter as a text: a number of 8 bytes has a comma, too. */
const exampleBytesMax = 4 * exampleCharsMax;
/** Inputs are made texts in slices, between which the event loop has its turn: 1 ms each. */
const sliceBytesMax = 65_536;
const sliceRowsMax = 256;
/** The pool is read again after so long, ms; while it has few examples, sooner. */
const poolMs = 600_000;
const smallPoolMs = 30_000;
const examplesFew = 200;
/** So often a search is begun anew, where all was forgotten in the middle of it. */
const searchesMax = 5;

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
  readonly search: ExampleSearch;
  /** ms since the epoch. */
  readonly now: () => number;
}

export interface CapturedExamples {
  /** The examples of an input, the likest last. */
  find(input: Input): Promise<readonly ChatExample[]>;
  /** Rows were erased: none that was read before is shown again. */
  forget(): void;
  close(): Promise<void>;
}

/**
 * Shows a model rows that it was sure of, those most like the input. While they are read again,
 * those of before are shown.
 */
export function createCapturedExamples(options: CapturedExamplesOptions): CapturedExamples {
  const { readRows, textOf, labels, countMax, search, now } = options;
  const isSure = ({ label, probabilities }: ExampleRow): boolean =>
    probabilities === null || probabilities[label]! >= options.probabilityMin;
  let isFilled = false;
  let filling: Promise<void> | null = null;
  let staleAtMs = 0;
  /** Another one after each time that all was forgotten. */
  let era = 0;

  async function fill(): Promise<void> {
    const [mine, startedMs] = [era, now()];
    const rows = (await readRows()).filter(isSure);
    if (mine === era) await search.start(rows.length);
    for (const slice of slicesOf(rows)) {
      if (mine !== era) return;
      const examples = slice.map(({ input, label }) => ({
        ...{ input: textOf(input), label: labels[label]! },
      }));
      await search.add(examples.filter(({ input }) => input.length <= exampleCharsMax));
      await setImmediate();
    }
    const count = mine === era ? await search.finish() : 0;
    if (mine !== era) return;
    isFilled = true;
    staleAtMs = startedMs + (count < examplesFew ? smallPoolMs : poolMs);
  }

  /** One at a time. */
  function refill(): Promise<void> {
    if (filling !== null) return filling;
    const next = fill().finally(() => {
      if (filling === next) filling = null; // After a failure the next row tries again.
    });
    next.catch(() => {}); // Heard by those who wait for it, if somebody does.
    return (filling = next);
  }

  async function find(input: Input): Promise<readonly ChatExample[]> {
    const text = textOf(input);
    for (let searches = 0; searches < searchesMax; searches++) {
      const fills = isFilled && now() < staleAtMs ? null : refill();
      if (!isFilled) await fills;
      const mine = era;
      const found = isFilled ? await search.find(text, countMax) : null;
      if (found !== null && mine === era) return found;
      if (mine === era) isFilled = false; // Its thread has ended, and the pool with it.
    }
    throw new TeacherFailedError(
      `Rows to show as examples were erased ${searchesMax} times while they were looked for.`,
    );
  }

  return {
    find,
    forget() {
      era++;
      [isFilled, filling] = [false, null];
      search.forget();
    },
    close: () => search.close(),
  };
}

/** Rows whose inputs may be short enough, in slices. */
function* slicesOf(rows: readonly ExampleRow[]): Generator<readonly ExampleRow[]> {
  let slice: ExampleRow[] = [];
  let bytes = 0;
  for (const row of rows) {
    const { byteLength } = row.input;
    if (byteLength > exampleBytesMax) continue;
    if (slice.length === sliceRowsMax || bytes + byteLength > sliceBytesMax) {
      yield slice;
      [slice, bytes] = [[], 0];
    }
    slice.push(row);
    bytes += byteLength;
  }
  if (slice.length > 0) yield slice;
}
