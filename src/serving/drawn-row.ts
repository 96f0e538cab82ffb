import type { PredictRequest } from '../task/task-service.js';
import type { Input } from '../task/task.js';
import type { RowDraw } from './draw-row.js';
import type { PromiseView } from './promise-view.js';

/** One row of a request, as chance has decided about it before anybody has looked at it. */
export interface DrawnRow {
  readonly input: Input;
  readonly draw: RowDraw;
  readonly isHoldout: boolean;
  /**
   * Once it is labelled. Not where its caller has decided: by asking the teacher for easy inputs he
   * would keep them out of the evidence.
   */
  readonly isTrainable: boolean;
}

/**
 * What is in force for one request. What a caller has decided himself says nothing about the
 * policy's decisions: none of its rows is drawn for holdout.
 */
export function decidedOf(
  { threshold, labelThresholds, holdoutRate, policy }: PromiseView,
  route: PredictRequest['route'],
): PromiseView {
  const rate = route === 'auto' ? holdoutRate : 0;
  return { threshold, labelThresholds, holdoutRate: rate, policy };
}

export const drawnRow = (
  input: Input,
  draw: RowDraw,
  { holdoutRate, policy }: Pick<PromiseView, 'holdoutRate' | 'policy'>,
): DrawnRow => ({
  input,
  draw,
  isHoldout: draw.holdout < holdoutRate,
  isTrainable: draw.holdout >= keptOutShare({ holdoutRate, policy }),
});

/** Share of inputs that may not be learnt from; where a caller decides, all that could be drawn. */
export const keptOutShare = ({
  holdoutRate,
  policy,
}: Pick<PromiseView, 'holdoutRate' | 'policy'>): number =>
  holdoutRate > 0 ? holdoutRate : policy.coldHoldoutRate;
