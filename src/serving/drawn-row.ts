import type { PredictRequest } from '../task/task-service.js';
import type { Input } from '../task/task.js';
import type { RowDraw } from './draw-row.js';
import type { PromiseView } from './promise-view.js';

/** One row of a request, as chance has decided about it before anybody has looked at it. */
export interface DrawnRow {
  readonly input: Input;
  readonly draw: RowDraw;
  readonly isHoldout: boolean;
}

/**
 * What is in force for one request. What a caller has decided himself says nothing about the
 * policy's decisions: none of its rows is drawn for holdout. Nor is one that may not be kept.
 */
export function decidedOf(
  { threshold, labelThresholds, holdoutRate, keptOutShare, policy }: PromiseView,
  { route, isStored }: Pick<PredictRequest, 'route' | 'isStored'>,
): PromiseView {
  const rate = route === 'auto' && isStored ? holdoutRate : 0;
  return { threshold, labelThresholds, holdoutRate: rate, keptOutShare, policy };
}

export const drawnRow = (
  input: Input,
  draw: RowDraw,
  { holdoutRate }: Pick<PromiseView, 'holdoutRate'>,
): DrawnRow => ({ input, draw, isHoldout: draw.holdout < holdoutRate });
