import type { Figure } from '../../files/figures-file.js';
import { agreementOfAll, costShare, demoTime, shareRise } from '../demo-figures.js';
import type { DemoPhase } from '../demo-phase.js';
import type { PhaseReport } from '../phase-report.js';
import type { Review, ReviewsSplit } from './reviews-split.js';

const command = 'npm run demo -- reviews';

/**
 * The traffic: restaurants, of which the first student learns; then films, which it meets as it is;
 * then, with a student that knows some films, more films, and products. As many rows as a teacher
 * that takes 20 to 50 ms a sentence answers in the time of a demo.
 */
export function reviewPhases(
  { stream: { yelp, imdb, amazon } }: Pick<ReviewsSplit, 'stream'>,
  labels: readonly string[],
): readonly DemoPhase[] {
  const phase = (title: string, reviews: readonly Review[], endsWithRun: boolean): DemoPhase => ({
    title,
    rows: reviews.map(({ text, label }) => ({ input: text, label: labels[label]! })),
    endsWithRun,
  });
  return [
    phase('Yelp', yelp.slice(0, 450), true),
    phase('Yelp', yelp.slice(450, 800), false),
    phase('IMDB', imdb.slice(0, 350), true),
    phase('IMDB', imdb.slice(350, 700), false),
    phase('Amazon', amazon.slice(0, 350), false),
  ];
}

const driftPointsMin = 5;
const recoveryPointsMin = 10;
const costPercentMax = 75;
const secondsMax = 180;

/** What the story must show. @param phases  reports of `reviewPhases`. */
export function reviewFigures(
  phases: readonly PhaseReport[],
  { riskMax, seconds }: { readonly riskMax: number; readonly seconds: number },
): readonly Figure[] {
  const [, known, strange] = phases as readonly [PhaseReport, PhaseReport, PhaseReport];
  const last = phases.at(-1)!;
  return [
    agreementOfAll(phases, { riskMax, command }),
    shareRise([strange, known], {
      name: "fall of the same student's share as Yelp turns into IMDB",
      pointsMin: driftPointsMin,
      command,
    }),
    shareRise([strange, last], {
      name: "rise of the student's share from there to the last phase",
      pointsMin: recoveryPointsMin,
      command,
    }),
    costShare(last, {
      name: 'cost of the last phase, of that of the teacher for all',
      percentMax: costPercentMax,
      command,
    }),
    demoTime(seconds, { secondsMax, command }),
  ];
}
