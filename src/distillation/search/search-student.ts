import type { TrialJson } from '../../http/api-types-training.js';
import { classWeightsOf, type RowWeighting } from '../row-weighting.js';
import { compareLosses, judge, type Verdict } from './judge.js';

/** One way to train a student. */
export interface Candidate<Recipe> {
  /** For people: what it does. */
  readonly settings: string;
  readonly recipe: Recipe;
  /** Work of its whole training, in trainings of the settings that are used without a search. */
  readonly work: number;
  /** Multiply-adds of a row: of two that are as good the smaller one wins. */
  readonly size: number;
  /**
   * `classes`: it is to serve rare classes better, `propensities`: what is seldom labelled. It must
   * gain on the mean that is weighted so, and lose nothing on that over rows.
   */
  readonly aim: RowWeighting;
  /**
   * `end`: it is tried in full alone. Who begins with trained weights is ahead of all after a part
   * of the way, and convolutions are behind: that says nothing of the end.
   */
  readonly enters: 'start' | 'end';
}

export interface SearchBudget {
  /** Beside the whole training of the first candidate; see `Candidate.work`. 0: no search. */
  readonly workMax: number;
  /** Wall clock; cuts the search short, see `Searched.isCut`. */
  readonly secondsMax: number;
  /** A sentence: why there is no work for a search; default: the task allows none. */
  readonly whyNone?: string;
}

export interface SearchParts<Recipe, Student> {
  /** The first one is whom the others must beat. */
  readonly candidates: readonly [Candidate<Recipe>, ...Candidate<Recipe>[]];
  readonly budget: SearchBudget;
  /** Teacher's labels of the validation rows. */
  readonly labels: readonly number[];
  /** [validation rows], see `propensityWeights`. */
  readonly propensityWeights: readonly number[];
  /** @param trial  share: part of a whole training, in (0, 1]. */
  readonly train: (trial: Trial<Recipe>) => Promise<Student>;
  /** @returns [validation rows][classes] logits. */
  readonly score: (student: Student) => Promise<readonly Float32Array[]>;
  /** Milliseconds, from any moment on. */
  readonly now: () => number;
}

export interface Trial<Recipe> extends Candidate<Recipe> {
  readonly share: number;
}

export interface Searched<Recipe, Student> {
  readonly student: Student;
  readonly chosen: Candidate<Recipe>;
  readonly trials: readonly TrialJson[];
  /** Candidates whose whole training is more than the budget. */
  readonly tooLarge: readonly Candidate<Recipe>[];
  /** Time ended the search: a faster machine might have chosen another student. */
  readonly isCut: boolean;
}

/** Fewer validation rows do not tell settings from each other, only luck from bad luck. */
export const searchRowsMin = 100;

/** Parts of a whole training after which the better half of the candidates goes on. */
const rungShares = [1 / 8, 1 / 4] as const;

/**
 * Finds the best way to train a student by successive halving: all candidates are trained for a
 * part of the way, the better half of those that beat the first one goes on to a longer one, and
 * the best of them is trained in full beside the first one. Each begins anew: a learning rate that
 * has fallen to 0 cannot go on.
 *
 * The budget is one of work, which candidates alone decide: the same candidates and rows give the
 * same student on any machine. Better means by more than one standard error of the paired
 * difference, or smaller and no worse; by luck alone a sixth of the challengers would go on.
 *
 * @see Jamieson & Talwalkar 2016, "Non-stochastic Best Arm Identification and Hyperparameter
 *      Optimization", arXiv:1502.07943; one standard error: Breiman et al. 1984, "CART", §3.4.3
 */
export async function searchStudent<Recipe, Student>(
  parts: SearchParts<Recipe, Student>,
): Promise<Searched<Recipe, Student>> {
  const { candidates, budget, labels } = parts;
  const beats = comparison(parts);
  const [first, ...others] = candidates;
  const ledger = openLedger(parts);
  const isSearched = budget.workMax > 0 && labels.length >= searchRowsMin;
  const fits = (candidate: Candidate<Recipe>): boolean =>
    workOf(candidate, first) <= budget.workMax;
  const challengers = isSearched ? others.filter(fits) : [];

  let going = challengers.filter(({ enters }) => enters === 'start');
  for (const share of rungShares) {
    if (going.length === 0 || !ledger.mayTry(first, share)) break;
    const own = await ledger.attempt(first, share);
    const tried: Tried<Recipe, Student>[] = [];
    for (const candidate of going)
      if (ledger.mayTry(candidate, share)) tried.push(await ledger.attempt(candidate, share));
    going = betterHalf(tried, (challenger) => beats(challenger, own));
  }

  let best = await ledger.attempt(first, 1);
  const ending = challengers.filter(({ enters }) => enters === 'end');
  const halved = going.find((candidate) => ledger.mayTry(candidate, 1));
  for (const finalist of halved === undefined ? ending : [halved, ...ending]) {
    if (!ledger.mayTry(finalist, 1)) continue;
    const challenger = await ledger.attempt(finalist, 1);
    if (beats(challenger, best)) best = challenger;
  }
  return {
    student: best.student,
    chosen: best.candidate,
    trials: ledger.trials(best),
    tooLarge: isSearched ? others.filter((candidate) => !fits(candidate)) : [],
    isCut: ledger.isCut(),
  };
}

interface Tried<Recipe, Student> {
  readonly candidate: Candidate<Recipe>;
  readonly student: Student;
  /** Null without validation rows. */
  readonly verdict: Verdict | null;
}

/** Makes trials, and keeps the accounts of what they took. */
function openLedger<Recipe, Student>(parts: SearchParts<Recipe, Student>) {
  const { candidates, budget, labels, now } = parts;
  const startedMs = now();
  const trials: { readonly tried: Tried<Recipe, Student>; readonly json: TrialJson }[] = [];
  let work = 0;
  let isCut = false;
  return {
    async attempt(candidate: Candidate<Recipe>, share: number): Promise<Tried<Recipe, Student>> {
      const trialMs = now();
      const student = await parts.train({ ...candidate, share });
      const verdict = labels.length === 0 ? null : judge(await parts.score(student), labels);
      const tried = { candidate, student, verdict };
      const seconds = (now() - trialMs) / 1000;
      trials.push({ tried, json: trialJsonOf(tried, { share, seconds }) });
      if (candidate !== candidates[0] || share < 1) work += share * candidate.work;
      return tried;
    },
    mayTry(candidate: Candidate<Recipe>, share: number): boolean {
      if (now() - startedMs > budget.secondsMax * 1000) isCut = true;
      return !isCut && work + share * candidate.work <= budget.workMax;
    },
    trials: (best: Tried<Recipe, Student>): readonly TrialJson[] =>
      trials.map(({ tried, json }) => ({ ...json, isChosen: tried === best })),
    isCut: () => isCut,
  };
}

/** What a candidate takes that gets to the end, with the trials of the first one beside it. */
function workOf<Recipe>({ work, enters }: Candidate<Recipe>, first: Candidate<Recipe>): number {
  const rungs = enters === 'end' ? 0 : rungShares.reduce((sum, share) => sum + share, 0);
  return work + rungs * (work + first.work);
}

/** Of those that beat the first one the better half, best first. */
function betterHalf<Recipe, Student>(
  tried: readonly Tried<Recipe, Student>[],
  beatsFirst: (challenger: Tried<Recipe, Student>) => boolean,
): Candidate<Recipe>[] {
  const better = tried.filter(beatsFirst);
  better.sort((a, b) => a.verdict!.loss - b.verdict!.loss || a.candidate.size - b.candidate.size);
  return better
    .slice(0, Math.max(1, Math.floor(tried.length / 2)))
    .map(({ candidate }) => candidate);
}

/** Says whether one beats another, both with a verdict. */
function comparison<Recipe, Student>({
  labels,
  propensityWeights,
}: Pick<SearchParts<Recipe, Student>, 'labels' | 'propensityWeights'>) {
  const weights = { classes: classWeightsOf(labels), propensities: propensityWeights };
  return (
    { candidate, verdict }: Tried<Recipe, Student>,
    other: Tried<Recipe, Student>,
  ): boolean => {
    const onRows = compareLosses(verdict!, other.verdict!);
    if (candidate.aim === 'rows') {
      const isSmaller = candidate.size < other.candidate.size;
      return onRows.gain > onRows.error || (isSmaller && onRows.gain >= 0);
    }
    const onAim = compareLosses(verdict!, other.verdict!, weights[candidate.aim]);
    return onAim.gain > onAim.error && onRows.gain > -onRows.error;
  };
}

function trialJsonOf<Recipe, Student>(
  { candidate, verdict }: Tried<Recipe, Student>,
  { share, seconds }: { readonly share: number; readonly seconds: number },
): TrialJson {
  return {
    settings: candidate.settings,
    share,
    agreement: verdict?.agreement ?? null,
    balancedAgreement: verdict?.balancedAgreement ?? null,
    loss: verdict?.loss ?? null,
    seconds,
    isChosen: false,
  };
}
