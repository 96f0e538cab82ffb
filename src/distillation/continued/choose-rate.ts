import type { TrialJson } from '../../http/api-types-training.js';
import type { TrainerStep } from '../embedded-trainer.js';
import { judge } from '../search/judge.js';
import type { Trial } from '../search/search-student.js';
import type { TrainedFurther } from './train-further.js';

export interface RateChoice {
  readonly rate: number;
  /** In the order of trying; none without validation rows. */
  readonly trials: readonly TrialJson[];
  /** Of a whole training, as the trials foretell it; 0 without them. */
  readonly seconds: number;
}

type RateTrial = Pick<Trial<unknown>, 'settings' | 'work' | 'share'>;

export interface ChooseRateParts {
  /** Of the validation rows, the teacher's; null: too few to tell one student from another. */
  readonly labels: readonly number[] | null;
  /** @param share  of a whole training, in (0, 1]. */
  readonly train: (how: {
    readonly rate: number;
    readonly share: number;
    /** The time of the training, in whole ones from the start of all. */
    readonly until: number;
    readonly onStep: (step: TrainerStep) => void;
  }) => Promise<TrainedFurther>;
  /** @returns [validation rows][classes] logits. */
  readonly score: (theta: Float32Array) => Promise<readonly Float32Array[]>;
  readonly onTrial: (trial: RateTrial) => (step: TrainerStep) => void;
  /** Milliseconds, from any moment on. */
  readonly now: () => number;
}

/**
 * Highest learning rates, all tried from the same start: small networks learn with the first, deep
 * ones that know much already break at it. The middle one where none can be told from another.
 */
const rates = { tried: [5e-3, 5e-4, 5e-5], middle: 5e-4 } as const;
/** Of the steps of a whole training: enough to tell a rate that breaks from one that learns. */
const trialShare = 0.25;

/** Work of all trials, in whole trainings. */
export const rateWork = rates.tried.length * trialShare;

/**
 * Finds the learning rate of a brought student: the one that is best on the validation rows.
 *
 * @throws {RangeError} when every rate has a loss that is not finite.
 */
export async function chooseRate(parts: ChooseRateParts): Promise<RateChoice> {
  const { labels, train, score, onTrial, now } = parts;
  if (labels === null) return { rate: rates.middle, trials: [], seconds: 0 };
  const startedMs = now();
  const tried: { readonly rate: number; readonly json: TrialJson }[] = [];
  const broken: string[] = [];
  let [steps, stepsOfTrials] = [0, 0];
  for (const [trial, rate] of rates.tried.entries()) {
    const trialMs = now();
    const settings = `learning rate ${rate}`;
    const tell = onTrial({ settings, work: 1, share: trialShare });
    let stepsHere = 0;
    const { theta, diverged } = await train({
      ...{ rate, share: trialShare, until: (trial + 1) * trialShare },
      onStep(step) {
        stepsHere = step.step + 1;
        stepsOfTrials = step.stepsMax;
        tell(step);
      },
    });
    steps += stepsHere;
    if (diverged !== null) broken.push(`${settings}: ${diverged}`);
    const { agreement, balancedAgreement, loss } = judge(await score(theta), labels);
    const seconds = (now() - trialMs) / 1000;
    const verdict = { agreement, balancedAgreement, loss, seconds };
    const json = { settings, share: trialShare, ...verdict, isChosen: false };
    tried.push({ rate, json });
  }
  if (broken.length === tried.length)
    throw new RangeError(`No learning rate trains this student; ${broken.join('; ')}.`);
  const lowest = Math.min(...tried.map(({ json }) => json.loss!));
  const best = tried.filter(({ json }) => json.loss === lowest).map(({ rate }) => rate);
  const seconds = ((now() - startedMs) / 1000 / steps) * (stepsOfTrials / trialShare);
  return {
    rate: best.includes(rates.middle) ? rates.middle : best[0]!,
    trials: tried.map(({ json }) => json),
    seconds,
  };
}

/** For people. */
export function rateWords({ rate, trials }: RateChoice, validationRows: number): string {
  if (trials.length > 0)
    return (
      `Learning rates of ${rates.tried.join(', ')} were tried, a quarter of the way each: ` +
      `${rate} is used.`
    );
  return (
    `A learning rate of ${rate}: ${validationRows} validation rows do not tell one rate from ` +
    'another.'
  );
}
