import { createRequire } from 'node:module';
import { createSeededDraw, shuffle } from '../../distillation/seeded-draw.js';

/** Where sentences come from, in the order in which the demo's traffic holds them. */
export const reviewSources = ['yelp', 'imdb', 'amazon'] as const;
export type ReviewSource = (typeof reviewSources)[number];

/** A sentence of a review of a restaurant, a film or a product. */
export interface Review {
  readonly text: string;
  /** 0 negative, 1 positive, as a person has judged it. */
  readonly label: 0 | 1;
}

export interface ReviewsSplit {
  /** With true labels, as many of each source: what the teacher's head is fitted on. Never sent. */
  readonly teacherTraining: readonly Review[];
  /** All others, which nobody has learnt from: traffic. */
  readonly stream: Readonly<Record<ReviewSource, readonly Review[]>>;
}

/** Sentences of each source that the teacher learns from, of about 990. */
export const teacherRowsPerSource = 150;
const splitSeed = 2026;

/**
 * Reads the sentences that come with the npm package `sentiment` (UCI "Sentiment Labelled
 * Sentences") and splits them, always the same way. Sentences with the same letters and digits are
 * one, whatever its source: no sentence is in two parts, or sent twice.
 *
 * @param teacherRows  sentences of each source that the teacher learns from.
 */
export function loadReviewsSplit(teacherRows = teacherRowsPerSource): ReviewsSplit {
  const draw = createSeededDraw(splitSeed);
  const known = new Set<string>();
  const isNew = ({ text }: Review): boolean => {
    const key = text.toLowerCase().replace(/[^a-z0-9]/g, '');
    if (known.has(key)) return false;
    known.add(key);
    return true;
  };
  const different = (source: ReviewSource): readonly Review[] =>
    shuffle(readReviews(source).filter(isNew), draw);
  const all = { yelp: different('yelp'), imdb: different('imdb'), amazon: different('amazon') };
  return {
    teacherTraining: Object.values(all).flatMap((own) => own.slice(0, teacherRows)),
    stream: {
      yelp: all.yelp.slice(teacherRows),
      imdb: all.imdb.slice(teacherRows),
      amazon: all.amazon.slice(teacherRows),
    },
  };
}

function readReviews(source: ReviewSource): readonly Review[] {
  const require = createRequire(import.meta.url);
  const entries = require(`sentiment/test/fixtures/${source}.json`) as {
    readonly text: string;
    readonly class: 0 | 1 | null;
  }[];
  // The last entry of each file has neither text nor class.
  return entries.flatMap(({ text, class: label }) =>
    label === null ? [] : [{ text: text.trim(), label }],
  );
}
