import type { IntervalJson } from '../../http/api-types.js';
import { formatShare } from '../format.js';

interface Props {
  readonly interval: IntervalJson;
  /** A mark to compare with, such as the promise. */
  readonly target?: number;
}

/** Left end of the scale for an interval: enough room below it, in steps of 10 %. */
const scaleStartOf = (low: number): number => Math.max(0, Math.floor(low * 10 - 0.3) / 10);

/** An estimate with its interval, and what it is measured against. */
export function IntervalBar({ interval: { estimate, low, high }, target }: Props) {
  const start = scaleStartOf(Math.min(low, target ?? 1));
  const at = (share: number): string => `${((share - start) / (1 - start)) * 100}%`;
  const words = `${formatShare(low)} to ${formatShare(high)}`;
  return (
    <div class="interval" role="img" aria-label={words} title={`Interval: ${words}`}>
      <span class="interval-range" style={{ left: at(low), right: `calc(100% - ${at(high)})` }} />
      <span class="interval-estimate" style={{ left: at(estimate) }} />
      {target !== undefined && <span class="interval-target" style={{ left: at(target) }} />}
    </div>
  );
}
