import { atPointer } from '../remote/json-pointer.js';

/** Below it what the alternatives say of the labels is noise. */
const massMin = 1e-6;
/** Alternatives of a token that are looked at: OpenAI gives 20. */
const othersMax = 100;
/** The last one counts: a model may have thought aloud before. */
const valueStart = /"label"\s*:\s*"/g;

interface Token {
  readonly text: string;
  readonly probability: number;
}

interface Step extends Token {
  /** What might have stood there instead. */
  readonly others: readonly Token[];
}

/**
 * Finds how probable each label is, from the probabilities of the tokens of a JSON answer
 * `{"label": "..."}` and of their alternatives:
 *
 *     P(label) = sum over the places k where an alternative leads to it of
 *                P(tokens before k) * P(alternative at k)
 *
 * and what is chosen keeps the rest. An alternative that several labels begin with counts for each
 * of them alike; one that none begins with is left out, and the sum is then brought to 1. Works
 * with any tokenizer: only the texts of tokens are looked at.
 *
 * @param logprobs  of one choice: `{content: [{token, logprob, top_logprobs}]}`, untrusted.
 * @returns         [labels] summing to 1; null where that can not be told.
 */
export function labelProbabilities(
  logprobs: unknown,
  labels: readonly string[],
): Float64Array | null {
  const steps = stepsIn(logprobs);
  if (steps === null) return null;
  const text = steps.map((step) => step.text).join('');
  const start = [...text.matchAll(valueStart)].map((match) => match.index + match[0].length).at(-1);
  if (start === undefined) return null;
  const endings = labels.map((label) => JSON.stringify(label).slice(1)); // With its closing quote.
  const masses = new Float64Array(labels.length);

  /** Gives a probability to the labels that a text is, or begins. @returns how many there are. */
  function spread(value: string, probability: number): number {
    const fitting = [...endings.keys()].filter(
      (k) => endings[k]!.startsWith(value) || value.startsWith(endings[k]!),
    );
    for (const k of fitting) masses[k]! += probability / fitting.length;
    return fitting.length;
  }

  let chosen = 1;
  let at = 0;
  for (const step of steps) {
    if (step.text === '') continue; // Any number of these would leave it undecided.
    const before = text.slice(start, Math.max(at, start));
    const skipped = Math.max(0, start - at); // Of a token that begins before the value.
    const end = at + step.text.length;
    if (end > start) {
      if (isDecided(before, endings)) break;
      for (const other of step.others) {
        const isSame = other.text.slice(0, skipped) === step.text.slice(0, skipped);
        const rest = other.text.slice(skipped);
        if (isSame && rest !== '') spread(before + rest, chosen * other.probability);
      }
      chosen *= step.probability;
    }
    at = end;
  }
  spread(text.slice(start, Math.max(at, start)), chosen);
  const mass = masses.reduce((sum, one) => sum + one, 0);
  return mass >= massMin ? masses.map((one) => one / mass) : null;
}

/** One label, or none, is left: what follows tells nothing more. */
const isDecided = (value: string, endings: readonly string[]): boolean =>
  endings.filter((ending) => ending.startsWith(value)).length <= 1;

/** @returns null for what are no log-probabilities of tokens. */
function stepsIn(logprobs: unknown): readonly Step[] | null {
  const content = atPointer(logprobs, '/content');
  if (!Array.isArray(content) || content.length === 0) return null;
  const steps = content.map((entry: unknown): Step | null => {
    const token = tokenIn(entry);
    const listed = atPointer(entry, '/top_logprobs') ?? [];
    if (token === null || !Array.isArray(listed)) return null;
    const tokens = listed.slice(0, othersMax).map(tokenIn);
    if (tokens.includes(null)) return null;
    const others = (tokens as Token[]).filter(({ text }) => text !== token.text);
    return { ...token, others };
  });
  return steps.includes(null) ? null : (steps as Step[]);
}

function tokenIn(entry: unknown): Token | null {
  const [text, logprob] = [atPointer(entry, '/token'), atPointer(entry, '/logprob')];
  if (typeof text !== 'string' || typeof logprob !== 'number' || !(logprob <= 1e-6)) return null;
  return { text, probability: Math.min(1, Math.exp(logprob)) };
}
