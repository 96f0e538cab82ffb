import type { Figure } from '../../src/files/figures-file.js';

/** What must hold: at most `riskMax` of the student's answers differ, with certainty 1 - delta. */
export interface Target {
  readonly riskMax: number;
  readonly delta: number;
}

export interface SimulationOptions {
  readonly streams: number;
  /** Fewer streams and worlds: says only whether a promise is plainly broken. */
  readonly isQuick: boolean;
  readonly command: string;
}

/** One part of the simulation, answered. */
export interface Simulated {
  readonly title: string;
  /** Markdown. */
  readonly report: string;
  readonly figures: readonly Figure[];
}

export const describeTarget = ({ riskMax, delta }: Target): string =>
  `riskMax ${percent(riskMax)}, delta ${percent(delta)}`;

const percent = (share: number): string => `${Number((100 * share).toPrecision(3))} %`;
