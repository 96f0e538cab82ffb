import { createSeededDraw } from '../distillation/seeded-draw.js';
import { baselinesOf, type Routing } from './baselines.js';
import type { Replayed } from './replayed-row.js';
import { windowOf, windowsOf, type WindowReport } from './windows.js';

/** What a reader must know to judge, or repeat, a replay. */
export interface ReplayAbout {
  /** The file, as the command names it. */
  readonly file: string;
  /** One line each: rows, order, teacher, target, how runs are waited for. */
  readonly how: readonly string[];
  readonly riskMax: number;
  readonly delta: number;
  readonly windows: number;
  readonly seed: number;
}

/** Everything that a replay came to. */
export interface ReplayReport extends ReplayAbout {
  readonly byWindow: readonly WindowReport[];
  readonly total: WindowReport;
  /** This gateway first, then what it is compared with. */
  readonly routings: readonly Routing[];
  readonly replayed: Replayed;
}

/** The threshold that people type in where nothing is fitted. */
export const fixedThreshold = 0.9;

/** Counts what a replay has seen. */
export function reportReplay(about: ReplayAbout, replayed: Replayed): ReplayReport {
  const { windows, delta, seed } = about;
  const draw = createSeededDraw(seed);
  return {
    ...about,
    replayed,
    byWindow: windowsOf(replayed, windows, delta),
    total: windowOf(replayed, { from: 0, to: replayed.rows.length, delta }),
    routings: baselinesOf(replayed, { fixedThreshold, draw }),
  };
}
