import { InvalidModelOutputError } from '../errors.js';
import type { Tensor } from '../onnx/runtime.js';
import type { BundleManifest } from '../registry/bundle.js';
import type { NumericData } from '../task/typed-arrays.js';
import { toFloat32 } from './convert-dtype.js';
import type { OutputPlan } from './plan-output.js';

/** Shares smaller than this are as good as none, and have a logarithm. */
const probabilityMin = 1e-30;
/** Probabilities of one row may sum to so much less or more than 1: float16 has 3 digits. */
const sumTolerance = 0.02;

/** The output has not the shape or type of the plan: no row of the run is to blame for that. */
export class WrongOutputError extends InvalidModelOutputError {}

export interface ScoreReader {
  readonly plan: OutputPlan;
  readonly classCount: number;
  readonly kind: BundleManifest['output']['kind'];
}

/**
 * Reads logits off a model's output.
 *
 *     probabilities: z[k] = ln p[k], whose softmax is p again
 *     one score s of the second of two labels: z = [0, s], or from p: [ln(1 - p), ln p]
 *
 * @param rows  rows of the run that are wanted, the first ones.
 * @returns     [rows] of [classes] float32, values as the model gave them: they may be NaN.
 * @throws {WrongOutputError} when the output has another shape or type.
 * @throws {InvalidModelOutputError} when probabilities are none.
 */
export function readScores(
  tensor: Tensor | undefined,
  rows: number,
  { plan, classCount, kind }: ScoreReader,
): readonly Float32Array[] {
  const { type = 'nothing', dims = [] } = tensor ?? {};
  const width = plan.isBinary ? 1 : classCount;
  const runRows = dims[0] ?? 0;
  const isShaped = runRows >= rows && sizeOf(dims) === runRows * width && dims.length <= 2;
  if (tensor === undefined || !isScores(type) || !isShaped) {
    const expected = plan.isBinary ? `[${rows},1]` : `[${rows},${classCount}]`;
    throw new WrongOutputError(
      `The model gave ${type} [${dims.join()}] as ${plan.name}, expected float32 ${expected}.`,
      { rows, classCount },
    );
  }
  const scores = toFloat32(tensor.data as NumericData, type);
  return Array.from({ length: rows }, (_, row) => {
    const own = scores.slice(row * width, (row + 1) * width);
    const full = plan.isBinary ? binaryOf(own[0]!, kind) : own;
    return kind === 'logits' ? full : logarithmsOf(full, row);
  });
}

/**
 * Puts the features of novelty behind the scores of each row.
 *
 * @returns [rows] of [classes + features] float32.
 * @throws {WrongOutputError} when the output has another shape or type.
 */
export function withNovelty(
  scores: readonly Float32Array[],
  tensor: Tensor | undefined,
  { output: name, means }: NonNullable<BundleManifest['calibration']['novelty']>,
): readonly Float32Array[] {
  const features = means.length;
  const { type = 'nothing', dims = [] } = tensor ?? {};
  const isShaped = dims.length === 2 && dims[0]! >= scores.length && dims[1] === features;
  if (tensor === undefined || type !== 'float32' || !isShaped)
    throw new WrongOutputError(
      `The model gave ${type} [${dims.join()}] as ${name}, expected float32 ` +
        `[${scores.length},${features}]: calibration.novelty has ${features} means.`,
      { rows: scores.length, features },
    );
  const values = tensor.data as Float32Array;
  return scores.map((own, row) => {
    const full = new Float32Array(own.length + features);
    full.set(own);
    full.set(values.subarray(row * features, (row + 1) * features), own.length);
    return full;
  });
}

const isScores = (type: string): boolean =>
  type === 'float32' || type === 'float16' || type === 'float64';
const sizeOf = (dims: readonly number[]): number => dims.reduce((size, axis) => size * axis, 1);

const binaryOf = (score: number, kind: ScoreReader['kind']): Float32Array =>
  kind === 'logits' ? Float32Array.of(0, score) : Float32Array.of(1 - score, score);

function logarithmsOf(probabilities: Float32Array, row: number): Float32Array {
  if (!probabilities.every(Number.isFinite)) return probabilities; // Said later, with its row.
  const sum = probabilities.reduce((total, share) => total + share, 0);
  if (probabilities.some((share) => share < 0) || Math.abs(sum - 1) > sumTolerance)
    throw new InvalidModelOutputError(
      `Row ${row} of the model's output are no probabilities: they sum to ${sum.toPrecision(4)}` +
        (probabilities.some((share) => share < 0) ? ', and some are negative' : '') +
        '. If they are logits, set output.kind to logits.',
      { row, sum },
    );
  return probabilities.map((share) => Math.log(Math.max(share, probabilityMin)));
}
