import type { TrainerStep } from '../embedded-trainer.js';
import type { TrainOptions } from '../train-bundle.js';
import type { ModelTraining } from './model-training.js';

/** Steps of progress that are told, in all. */
const reportsMax = 100;

/** In whole trainings. */
export interface ReportedWork {
  /** Of a search, beside the training that is there without one. */
  readonly searchWorkMax: number;
  /** Of trials that come before all; default: none. */
  readonly aheadWork?: number;
}

/**
 * Says how far a training is, search included, about a hundred times in all. Where the search takes
 * less than it may, the share jumps at the end.
 */
export function createTrialReporter(
  tell: TrainOptions['onProgress'],
  { searchWorkMax, aheadWork = 0 }: ReportedWork,
): ModelTraining['onTrial'] {
  const startedMs = performance.now();
  let workDone = 0;
  return ({ settings, work, share: part }, { isSearched, candidates: [first] }) => {
    const workInAll = aheadWork + first.work + (isSearched ? searchWorkMax : 0);
    const [from, span] = [workDone / workInAll, (part * work) / workInAll];
    const prefix = isSearched ? `Trying ${settings} (${percentOf(part)} of the way). ` : '';
    workDone += part * work;
    const trialMs = performance.now();
    let validationLoss: number | null = null;
    return ({ step, stepsMax, loss, validationLoss: seen }: TrainerStep) => {
      validationLoss = seen ?? validationLoss;
      const reports = Math.ceil(reportsMax * Math.min(1, span));
      if (step % Math.ceil(stepsMax / reports) !== 0 && step !== stepsMax - 1) return;
      const share = Math.min(1, from + (span * (step + 1)) / stepsMax);
      const now = performance.now();
      const rate = Math.round(((step + 1) * 1000) / (now - trialMs));
      const validation = validationLoss === null ? '' : `, validation ${validationLoss.toFixed(3)}`;
      const losses = `loss ${loss.toFixed(3)}${validation}`;
      tell({
        share,
        message: `${prefix}Step ${step + 1} of ${stepsMax}, ${rate} a second, ${losses}`,
        remainingMs: Math.round(((now - startedMs) * (1 - share)) / share),
      });
    };
  };
}

const percentOf = (share: number): string => `${Math.round(100 * share)} %`;
