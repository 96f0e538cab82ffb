/** A temperature for `softmax`, and what it changes on the rows it was fitted on. */
export type TemperatureFit =
  | {
      readonly kind: 'fitted';
      readonly temperature: number;
      /** Mean negative log-likelihood, nats a row: at temperature 1, and at `temperature`. */
      readonly nllBefore: number;
      readonly nllAfter: number;
    }
  | {
      readonly kind: 'kept';
      readonly temperature: 1;
      /** Why the rows do not settle a better temperature. */
      readonly reason: 'too-few-rows' | 'no-row-wrong' | 'no-gain' | 'not-finite';
    };

/**
 * Fits the softmax temperature by maximum likelihood.
 *
 *     T = argmin NLL(T),   NLL(T) = mean_i [ log sum_k exp(z_i[k] / T) - z_i[y_i] / T ]
 *
 * NLL is convex in 1 / T, hence has one valley in log T: golden section finds it without gradients.
 * Temperature moves what people read, not the guarantee: thresholds depend on the order of
 * confidences alone. Kept at 1 when no row is wrong, because NLL then falls for ever as T goes to
 * 0: the lowest temperature allowed would round most confidences to exactly 1, and what is tied no
 * threshold can part.
 *
 * @param logits  [rows][classes] float32 of rows that the model was not trained on; nothing is
 *                fitted where one is not finite.
 * @param labels  [rows] the teacher's label of each row.
 * @returns       temperature in [0.05 min(1, s), max(20, s)], s the median over rows of the largest
 *                logit less the smallest; there within 1e-6 of the optimum (relative).
 * @throws {RangeError} if there is not one label a row, or a label is not a class.
 * @see Guo et al. 2017, "On Calibration of Modern Neural Networks", §4.2, arXiv:1706.04599
 */
export function fitTemperature(
  logits: readonly Float32Array[],
  labels: readonly number[],
): TemperatureFit {
  requireLabels(logits, labels);
  if (logits.length < calibrationRowsMin) return kept('too-few-rows');
  if (logits.every((row, i) => isAnswer(row, labels[i]!))) return kept('no-row-wrong');

  const nllAt = (logTemperature: number): number =>
    meanNegativeLogLikelihood(logits, labels, Math.exp(logTemperature));
  const spread = medianSpread(logits);
  const lowest = temperatureMin * Math.min(1, spread);
  const highest = Math.max(temperatureMax, spread);
  const logTemperature = goldenSection(nllAt, Math.log(lowest), Math.log(highest));
  const temperature = Math.exp(logTemperature);
  const nllBefore = nllAt(0);
  const nllAfter = nllAt(logTemperature);
  if (!Number.isFinite(nllBefore)) return kept('not-finite');
  if (nllBefore - nllAfter < gainMin) return kept('no-gain');
  return { kind: 'fitted', temperature, nllBefore, nllAfter };
}

/**
 * Fewest rows for a fit. With 50 rows of ten classes and 80 to 90 % right, the fitted T lies within
 * 0.5 and 1.4 times the true one in 9 of 10 draws (simulated); with 20 rows it can be 10 times too
 * low, worse than not fitting. Young tasks have no more rows than that, so 200 would ask too much.
 */
const calibrationRowsMin = 50;

/**
 * Beyond these a softmax is a step (all confidences 1) or flat: either way the fit went wrong. A
 * student that was brought may have logits of any size, cosines or hundreds: then its own count.
 */
const temperatureMin = 0.05;
const temperatureMax = 20;

/** Each step keeps 0.618 of the range: 40 narrow 6 nats to 3e-8, the limit of float64 here. */
const goldenSteps = 40;

/** Nats a row; a smaller fall is rounding. */
const gainMin = 1e-9;

const kept = (reason: Extract<TemperatureFit, { kind: 'kept' }>['reason']): TemperatureFit => ({
  kind: 'kept',
  temperature: 1,
  reason,
});

/** Whether the surest class, the first of equal ones, is the label. */
const isAnswer = (row: Float32Array, label: number): boolean =>
  row.every((logit, k) => (k < label ? logit < row[label]! : logit <= row[label]!));

function medianSpread(logits: readonly Float32Array[]): number {
  const spreads = Float64Array.from(logits, (row) => {
    const finite = row.filter(Number.isFinite).sort();
    return finite.length === 0 ? 0 : finite.at(-1)! - finite[0]!;
  });
  const median = spreads.sort()[Math.floor(spreads.length / 2)]!;
  return median > 0 ? median : 1;
}

function requireLabels(logits: readonly Float32Array[], labels: readonly number[]): void {
  if (logits.length !== labels.length)
    throw new RangeError(`${logits.length} rows need as many labels, got ${labels.length}`);
  labels.forEach((label, i) => {
    if (logits[i]![label] === undefined)
      throw new RangeError(`label ${label} of row ${i} is not one of ${logits[i]!.length} classes`);
  });
}

function meanNegativeLogLikelihood(
  logits: readonly Float32Array[],
  labels: readonly number[],
  temperature: number,
): number {
  let total = 0;
  logits.forEach((row, i) => {
    const logitMax = row.reduce((most, logit) => Math.max(most, logit));
    let weights = 0;
    for (const logit of row) weights += Math.exp((logit - logitMax) / temperature);
    total += Math.log(weights) + (logitMax - row[labels[i]!]!) / temperature;
  });
  return total / logits.length;
}

/** Narrows a valley of `f` between `low` and `high` to one point, with one call of `f` a step. */
function goldenSection(f: (x: number) => number, low: number, high: number): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let left = high - ratio * (high - low);
  let right = low + ratio * (high - low);
  let [atLeft, atRight] = [f(left), f(right)];
  for (let step = 0; step < goldenSteps; step++) {
    if (atLeft < atRight) {
      [high, right, atRight] = [right, left, atLeft];
      left = high - ratio * (high - low);
      atLeft = f(left);
    } else {
      [low, left, atLeft] = [left, right, atRight];
      right = low + ratio * (high - low);
      atRight = f(right);
    }
  }
  return (low + high) / 2;
}
