import { runStages, type RunProgress, type RunStage } from '../distillation/progress.js';

/** How much of a run's time each stage takes, about; they sum to 1. */
const stageShares: Readonly<Record<RunStage, number>> = {
  snapshot: 0.08,
  train: 0.77,
  calibrate: 0.02,
  evaluate: 0.1,
  gate: 0.01,
  promote: 0.02,
};

/** @returns the share of the whole run that is done, in [0, 1]. */
export function shareOfRun({ stage, share }: Pick<RunProgress, 'stage' | 'share'>): number {
  const before = runStages.slice(0, runStages.indexOf(stage));
  const done = before.reduce((sum, earlier) => sum + stageShares[earlier], 0);
  return Math.min(1, done + stageShares[stage] * share);
}
