import { jsonOfInput } from '../task/input-json.js';
import { exampleInputs } from '../task/example-input.js';
import { inputWords } from '../task/input-words.js';
import type { Input, InputSpec } from '../task/task.js';
import type { BundleManifest } from '../registry/bundle.js';
import { isRounding } from './compare-runs.js';
import type { LoadedModel } from './loaded-model.js';
import type { RowResult } from './model-runner.js';
import { runRows } from './run-rows.js';
import { whyNotLongest } from './try-longest.js';

type Described = Pick<BundleManifest, 'input' | 'preprocess' | 'output'>;

export interface Trial {
  /** What stands against serving the model; nothing when it is sound. */
  readonly problems: readonly string[];
  /** To the inputs that were tried; none with a problem. */
  readonly answers: readonly Float32Array[];
}

export interface TrialOptions {
  /** Inputs that the model must be able to answer, the first 8 are tried; none: examples are. */
  readonly known: readonly Input[];
  /** The longest text is left out where it would take longer, ms, by what a short one takes. */
  readonly longestMsMax: number;
}

const triedInputs = 8;

/**
 * Has a model answer a few inputs before anybody asks it: one and the same row alone, several
 * together, and the longest text that the task allows. `understudy check`, a start and a promotion
 * all go by what this says.
 */
export async function tryModel(
  model: LoadedModel,
  manifest: Described,
  { known, longestMsMax }: TrialOptions,
): Promise<Trial> {
  const pixels = pixelProblem(model, manifest);
  const answered = await tryInputs(model, manifest, known.slice(0, triedInputs));
  const problems = [...(pixels === null ? [] : [pixels]), ...answered.problems];
  if (problems.length > 0) return { problems, answers: [] };
  const { input, ms } = answered.first;
  const why = await whyNotLongest(model, manifest, { answered: { input, ms }, longestMsMax });
  return why === null ? answered : { problems: [why], answers: [] };
}

/** Pixels are in [0, 1]: a model of bytes would get but 0 and 1 where nothing scales them up. */
function pixelProblem({ plan }: LoadedModel, { preprocess }: Described): string | null {
  if (preprocess.kind !== 'image' || plan.input.dtypes[0] !== 'uint8') return null;
  const range = Math.max(...preprocess.std.map((std) => Math.abs(preprocess.scale) / std));
  if (range > 1) return null;
  return (
    'the model takes an image as uint8, and every pixel, in [0, 1], would be rounded to 0 or 1: ' +
    `set preprocess.scale to 255 (it is ${preprocess.scale})`
  );
}

interface Answered extends Trial {
  readonly first: { readonly input: Input; readonly ms: number };
}

async function tryInputs(
  model: LoadedModel,
  { input: spec, output }: Described,
  known: readonly Input[],
): Promise<Answered> {
  const isMadeUp = known.length === 0;
  const inputs = isMadeUp ? exampleInputs(spec, triedInputs) : known;
  const alone = await runRows(model, [inputs[0]!]);
  const startedMs = performance.now();
  const again = await runRows(model, [inputs[0]!]);
  const first = { input: inputs[0]!, ms: performance.now() - startedMs };
  const together = await runRows(model, inputs);
  const refused = (problem: string): Answered => ({ problems: [problem], answers: [], first });

  if (alone[0] instanceof Error && together.every((result) => !(result instanceof Error)))
    return refused(oneRowFails(inputs.length, alone[0]));
  const results = [alone[0]!, ...together];
  const bad = results.findIndex((result) => whyBad(result) !== null);
  if (bad >= 0) {
    const words = shownInput(inputs[Math.max(0, bad - 1)]!, spec);
    return refused(`${whyBad(results[bad]!)!}\nfor the input ${words}${isMadeUp ? madeUp : ''}`);
  }
  if (!isRounding(alone[0] as Float32Array, again[0] as Float32Array)) return refused(isRandom);
  const answers = together as readonly Float32Array[];
  if (output.kind === 'logits' && !areSame(answers) && answers.every(areProbabilities))
    return refused(areNoLogits);
  return { problems: [], answers, first };
}

const oneRowFails = (rows: number, { message }: Error): string =>
  `a run of ${rows} rows works, one of a single row fails: export it with a dynamic batch axis. ` +
  message.trim();
const madeUp =
  '\nIt is made up from the manifest. Where the model can not take just any input, give it real ' +
  'ones: with a file named in "recorded", the inputs in that file are tried instead.';
const isRandom =
  'the model is not deterministic: the same row, run alone twice, got two answers. Export it for ' +
  'inference (model.eval() in PyTorch turns dropout off), without operators that draw at random';
const areNoLogits =
  'the scores are probabilities (every row sums to 1), and the manifest calls them logits: set ' +
  'output.kind to probabilities, or confidences mean nothing';

function whyBad(result: RowResult): string | null {
  if (result instanceof Error) return `an input can not be answered: ${result.message.trim()}`;
  if (result.every(Number.isFinite)) return null;
  return `the model gives values that are not finite: [${shownScores(result)}]`;
}

/** Logits are between 0 and 1 and sum to 1 by chance in one row, hardly in all. */
const areProbabilities = (scores: Float32Array): boolean =>
  scores.every((share) => share >= 0 && share <= 1) &&
  Math.abs(scores.reduce((sum, share) => sum + share, 0) - 1) < 1e-3;

/** Whether several inputs got the very same scores. */
export const areSame = (answers: readonly Float32Array[]): boolean =>
  answers.length > 1 &&
  answers.every((scores) => scores.every((score, k) => score === answers[0]![k]));

export const shownScores = (scores: Float32Array): string =>
  [...scores.subarray(0, 5)].map((score) => Number(score.toPrecision(4))).join(', ') +
  (scores.length > 5 ? ', ...' : '');

const shownCharsMax = 160;

/** As a caller would send it, cut short; of an image only its size. */
function shownInput(input: Input, spec: InputSpec): string {
  if (spec.kind === 'image') return `image (of ${inputWords(spec)})`;
  const json = JSON.stringify(jsonOfInput(input, spec));
  return json.length > shownCharsMax ? `${json.slice(0, shownCharsMax)}...` : json;
}
