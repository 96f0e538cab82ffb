import type { IntervalJson } from '../../http/api-types.js';
import type { TradeoffPlaceJson } from '../../http/api-types-tradeoff.js';
import { formatShare, formatUsd } from '../format.js';

interface Props {
  readonly title: string;
  readonly place: TradeoffPlaceJson | null;
}

/** The numbers of one place on the curve, each with its interval. */
export function PlaceWords({ title, place }: Props) {
  return (
    <div class="place">
      <h3>{title}</h3>
      {place !== null && (
        <dl class="facts">
          <dt title="Share of rows that the student answers">Coverage</dt>
          <dd>{spread(place.coverage)}</dd>
          <dt title="Share of the student's answers that differ from the teacher's">Risk</dt>
          <dd>{spread(place.risk)}</dd>
          <dt title="Share of all answers, the teacher's own included, that are the teacher's">
            Agreement of all
          </dt>
          <dd>{spread(place.agreement)}</dd>
          <dt title="Share of rows that the teacher is asked about, holdout rows included">
            Teacher
          </dt>
          <dd>
            <b>{formatShare(place.teacherShare)}</b> of rows
          </dd>
          <dt>Cost</dt>
          <dd>
            <b>{formatUsd(place.costUsdPer1000Rows)}</b> per 1000 rows
          </dd>
        </dl>
      )}
    </div>
  );
}

const spread = ({ estimate, low, high }: IntervalJson) => (
  <>
    <b>{formatShare(estimate)}</b>{' '}
    <span class="caption">
      {formatShare(low)} to {formatShare(high)}
    </span>
  </>
);
