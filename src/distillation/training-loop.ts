export interface TrainingPlan {
  readonly steps: number;
  /** Highest learning rate; rises to it over `warmUpSteps`, then falls along a cosine to 0. */
  readonly learningRate: number;
  readonly warmUpSteps: number;
  /** Steps between two looks at the validation rows. */
  readonly validateEverySteps: number;
  /** Looks without a better one after which training stops. */
  readonly patience: number;
}

/** What a loop needs of a trainer; see `NetworkTrainer`. */
export interface SteppedTrainer<Batch> {
  step(batch: Batch, learningRate: number): Promise<number>;
  weights(): Float32Array;
}

export interface TrainingParts<Batch> {
  readonly trainer: SteppedTrainer<Batch>;
  readonly nextBatch: () => Batch;
  /** Loss of the present weights on validation rows; null when there are none. */
  readonly validate: (() => Promise<number>) | null;
  /** Validation loss of the weights at the start, where they may stay the best. */
  readonly startLoss?: number;
  /** Looked at after each step: whether time is up. Default: it never is. */
  readonly isOver?: () => boolean;
  /**
   * Told of a loss that is not finite, which ends the training: the best look until then counts.
   * Default: it is an error. With validation rows and `startLoss` alone.
   */
  readonly onDiverged?: (what: string) => void;
  readonly onStep: (step: { step: number; loss: number; validationLoss: number | null }) => void;
}

/**
 * Trains until the plan ends, the validation loss has stopped falling or time is up.
 *
 * @returns [parameters] float32: the weights of the best look, or the last ones without validation.
 * @throws {RangeError} when a loss is not finite: the run has diverged.
 * @see Loshchilov & Hutter 2017, "SGDR", eq. 5 (one cosine, no restart), arXiv:1608.03983
 */
export async function runTrainingLoop<Batch>(
  parts: TrainingParts<Batch>,
  plan: TrainingPlan,
): Promise<Float32Array> {
  const { trainer, nextBatch, validate, startLoss = Infinity, isOver, onStep } = parts;
  let best = { loss: startLoss, theta: trainer.weights() };
  let looksWithoutBetter = 0;

  for (let step = 0; step < plan.steps; step++) {
    const loss = await trainer.step(nextBatch(), learningRateAt(step, plan));
    if (hasDiverged(loss, `loss at step ${step}`, parts.onDiverged)) break;
    const isLast = step === plan.steps - 1 || isOver?.() === true;
    const isLook = (step + 1) % plan.validateEverySteps === 0 || isLast;
    const validationLoss = isLook && validate !== null ? await validate() : null;
    const what = `validation loss at step ${step}`;
    if (validationLoss !== null && hasDiverged(validationLoss, what, parts.onDiverged)) break;
    onStep({ step, loss, validationLoss });
    if (validationLoss !== null && validationLoss < best.loss) {
      best = { loss: validationLoss, theta: trainer.weights() };
      looksWithoutBetter = 0;
    } else if (validationLoss !== null) looksWithoutBetter++;
    if (isLast || looksWithoutBetter >= plan.patience) break;
  }
  return validate === null ? trainer.weights() : best.theta;
}

/** Without this, NaN would never be the better look, and untrained weights would be returned. */
function hasDiverged(
  loss: number,
  what: string,
  onDiverged: TrainingParts<unknown>['onDiverged'],
): boolean {
  if (Number.isFinite(loss)) return false;
  if (onDiverged === undefined) throw new RangeError(`The ${what} is ${loss}.`);
  onDiverged(`the ${what} is ${loss}`);
  return true;
}

/** @returns the learning rate of a step counted from 0. */
export function learningRateAt(step: number, plan: TrainingPlan): number {
  const { steps, learningRate, warmUpSteps } = plan;
  if (step < warmUpSteps) return (learningRate * (step + 1)) / warmUpSteps;
  const share = (step - warmUpSteps) / Math.max(1, steps - warmUpSteps);
  return (learningRate * (1 + Math.cos(Math.PI * share))) / 2;
}
