import { build, type Histogram } from 'hdr-histogram-js';

/** Counts of durations in microseconds, 1 to a minute, three significant digits. */
export const newHistogram = (): Histogram =>
  build({ lowestDiscernibleValue: 1, highestTrackableValue: 60_000_000, useWebAssembly: false });

/** Whole microseconds of a duration, at least 1 and at most what a histogram takes. */
export const microseconds = (ms: number): number =>
  Math.min(60_000_000, Math.max(1, Math.round(ms * 1000)));

/** A percentile in ms. */
export const percentileMs = (histogram: Histogram, percentile: number): number =>
  histogram.getValueAtPercentile(percentile) / 1000;
