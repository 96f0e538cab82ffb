import { formatClock, formatRows, formatShare, formatSum } from '../format.js';
import { RouteKey } from '../parts/route-key.js';
import { namedRoutes } from '../words.js';
import type { Slice } from './traffic-slices.js';

interface Props {
  readonly slice: Slice;
  /** The slice is one column under the pointer, not the whole window. */
  readonly isOne: boolean;
  readonly minutes: number;
}

/** Legend and read-out in one: the numbers of a column, or of the whole window. */
export function SliceWords({ slice, isOne, minutes }: Props) {
  return (
    <div class="slice-words">
      <span class="slice-when">
        {isOne ? formatClock(slice.startMs) : `Last ${minutes} min`}
        <b data-testid="traffic-rows">{formatRows(slice.rows)}</b>
      </span>
      {namedRoutes(slice.rowsByRoute).map((route) => (
        <span key={route} class="slice-route">
          <RouteKey route={route} />
          <b>{slice.rows === 0 ? '\u2013' : formatShare(slice.rowsByRoute[route] / slice.rows)}</b>
        </span>
      ))}
      <span class="slice-cost">
        <i class="key-spent" aria-hidden="true" /> spent <b>{formatSum(slice.costUsd)}</b>
      </span>
      <span class="slice-cost">
        <i class="key-for-all" aria-hidden="true" /> teacher for all{' '}
        <b>{formatSum(slice.teacherForAllUsd)}</b>
      </span>
    </div>
  );
}
