import type { LossCurveJson, LossPointJson } from '../http/api-types-evaluation.js';
import type { TrialJson } from '../http/api-types-training.js';
import type { TrainerStep } from './embedded-trainer.js';
import type { ModelTraining } from './search/model-training.js';

export interface LossRecorder {
  readonly onStep: (step: TrainerStep) => void;
  readonly curve: () => LossCurveJson;
}

const pointsMax = 60;

/** Keeps the losses of a training, so many points at most however many steps it has. */
export function recordLosses(): LossRecorder {
  const points: LossPointJson[] = [];
  let open: { place: number; steps: number; sum: number; point: LossPointJson } | null = null;
  const close = (): void => void (open !== null && points.push(open.point));
  return {
    onStep({ step, stepsMax, loss, validationLoss }) {
      const place = Math.floor(step / Math.ceil(stepsMax / pointsMax));
      if (open?.place !== place) {
        close();
        open = { place, steps: 0, sum: 0, point: { step: 0, loss: 0, validationLoss: null } };
      }
      open.steps++;
      open.sum += loss;
      open.point = {
        step: step + 1,
        loss: open.sum / open.steps,
        validationLoss: validationLoss ?? open.point.validationLoss,
      };
    },
    curve: () => ({ points: open === null ? [] : [...points, open.point] }),
  };
}

export interface TrialLosses {
  /** Listens to the trials that `onTrial` is told of. */
  readonly listening: (onTrial: ModelTraining['onTrial']) => ModelTraining['onTrial'];
  /** @returns those of the trial that was chosen; of the only one, where none is listed. */
  readonly curveOf: (trials: readonly Pick<TrialJson, 'isChosen'>[]) => LossCurveJson;
}

/** Keeps the losses of each trial of a search, in their order. */
export function recordTrials(): TrialLosses {
  const recorders: LossRecorder[] = [];
  return {
    listening: (onTrial) => (trial, of) => {
      const tell = onTrial(trial, of);
      const recorder = recordLosses();
      recorders.push(recorder);
      return (step) => {
        recorder.onStep(step);
        tell(step);
      };
    },
    curveOf: (trials) => {
      const chosen = trials.findIndex(({ isChosen }) => isChosen);
      return recorders.at(chosen)?.curve() ?? { points: [] };
    },
  };
}
