/**
 * Made-up traffic of which the true risk is known. A row is a uniform number `mass` in (0, 1]: the
 * share of traffic that is at least as sure.
 */
export interface World {
  readonly name: string;
  /** Chance that the student's answer to this row differs from the teacher's. */
  readonly riskAt: (mass: number) => number;
  /** True risk of the surest `mass` of traffic: the mean of `riskAt` from 0 to there. */
  readonly riskUpTo: (mass: number) => number;
  /** Falls as `mass` grows; equal for tied rows. */
  readonly confidenceAt: (mass: number) => number;
  /** Share of traffic at or above a threshold that some row has set. */
  readonly massFrom: (threshold: number) => number;
}

type Risk = Pick<World, 'riskAt' | 'riskUpTo'>;
type Confidence = Pick<World, 'confidenceAt' | 'massFrom'>;

/**
 * Worlds that make it hard to keep a promise of `riskMax`: the true risk is near it, confidences
 * are tied, say nothing of how often they are right, or order the rows wrongly.
 */
export function hardWorlds(riskMax: number): readonly World[] {
  return [
    // Whatever is certified here is a violation.
    { name: 'just too risky everywhere', ...linear(1.001 * riskMax, 0), ...spread },
    // Risk passes riskMax at half of the traffic, so slowly that many thresholds are near it.
    { name: 'slowly rising risk', ...linear(0.8 * riskMax, 0.8 * riskMax), ...spread },
    { name: 'usual student', ...usualRisk(riskMax), ...spread },
    // One of eight confidences: the threshold above 1/2 keeps the promise, the next one breaks it.
    { name: 'tied confidences', ...linear(0, (2 * riskMax) / 0.55), ...tied(8) },
    // Sure to one in a million, wrong as often as before, and most often on the surest tenth.
    {
      name: 'overconfident, surest rows worst',
      ...steps([
        [0.1, 1.3 * riskMax],
        [0.5, 0.9 * riskMax],
        [0.4, 1.5 * riskMax],
      ]),
      ...overconfident,
    },
    // Risk crosses riskMax four times on the way down.
    {
      name: 'risk that goes up and down',
      ...steps([
        [0.25, 1.05 * riskMax],
        [0.1, 0.7 * riskMax],
        [0.15, 1.25 * riskMax],
        [0.1, 0.6 * riskMax],
        [0.4, 1.3 * riskMax],
      ]),
      ...spread,
    },
  ];
}

/** Hardly ever wrong when sure; its risk is riskMax at 75 % of traffic, 2.4 times that on all. */
export const usualWorld = (riskMax: number): World => ({
  name: 'usual student',
  ...usualRisk(riskMax),
  ...spread,
});

const usualRisk = (riskMax: number): Risk => ({
  riskAt: (mass) => 4 * riskMax * (mass / 0.75) ** 3,
  riskUpTo: (mass) => riskMax * (mass / 0.75) ** 3,
});

const linear = (atSurest: number, slope: number): Risk => ({
  riskAt: (mass) => atSurest + slope * mass,
  riskUpTo: (mass) => atSurest + (slope * mass) / 2,
});

/** @param pieces  share of traffic and its risk, from the surest down; shares sum to 1. */
function steps(pieces: readonly (readonly [share: number, risk: number])[]): Risk {
  const starts = pieces.map((_, index) =>
    pieces.slice(0, index).reduce((sum, [share]) => sum + share, 0),
  );
  const pieceOf = (mass: number): number => starts.findLastIndex((start) => mass > start);
  return {
    riskAt: (mass) => pieces[pieceOf(mass)]![1],
    riskUpTo(mass) {
      const errors = pieces.reduce((sum, [share, risk], index) => {
        const covered = Math.min(share, Math.max(0, mass - starts[index]!));
        return sum + risk * covered;
      }, 0);
      return errors / mass;
    },
  };
}

const spread: Confidence = { confidenceAt: (mass) => 1 - mass, massFrom: (c) => 1 - c };

/** All within a millionth of 1. */
const overconfident: Confidence = {
  confidenceAt: (mass) => 1 - mass * 1e-6,
  massFrom: (c) => (1 - c) / 1e-6,
};

const tied = (levels: number): Confidence => ({
  confidenceAt: (mass) => 1 - Math.ceil(mass * levels) / levels,
  massFrom: (c) => 1 - c,
});

/** The most of traffic that a student may answer, if its true risk were known. */
export function bestCoverage({ riskUpTo, confidenceAt, massFrom }: World, riskMax: number): number {
  let best = 0;
  for (let step = 1; step <= 1000; step++) {
    const mass = massFrom(confidenceAt(step / 1000));
    if (riskUpTo(mass) <= riskMax) best = Math.max(best, mass);
  }
  return best;
}
