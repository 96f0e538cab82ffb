import { percentSet } from '../task/percent.js';
import type { GuaranteeState, Target } from './guarantee-memory.js';

export const nextFitWords = ({ nextFitAtRows }: Pick<GuaranteeState, 'nextFitAtRows'>): string =>
  `The next fit is tried at ${nextFitAtRows} rows.`;

/** What is missing for the next fit, a sentence or two. */
export function missingForNextFit({ riskMax, delta }: Target, state: GuaranteeState): string {
  const { labels = [], rowsSeen, nextFitAtRows } = state;
  const unmissable = labels.find((one) => one.target === 'missMax' && one.threshold === null);
  if (unmissable?.why != null) return `${unmissable.why} ${nextFitWords(state)}`;
  const missing = Math.max(0, nextFitAtRows - rowsSeen);
  return (
    `${missing} more holdout rows until a threshold can be certified ` +
    `for risk ${percentSet(riskMax)} with ${percentSet(1 - delta)} certainty.`
  );
}
