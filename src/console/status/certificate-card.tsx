import type { PolicyJson, TaskJson } from '../../http/api-types.js';
import { formatAgo, formatCount, formatMoment, formatShare, formatUsd } from '../format.js';
import { ProgressBar } from '../parts/progress-bar.js';
import { modeMeanings } from '../words.js';

interface Props {
  readonly task: TaskJson;
  readonly nowMs: number;
}

/** The promise in words, and whether it holds now. */
export function CertificateCard({ task: { policy, certificate, budget }, nowMs }: Props) {
  if (policy.mode === 'budget' || policy.mode === 'student')
    return <ModeCard policy={policy} budget={budget} />;
  const isCertified = certificate.kind === 'certified';
  return (
    <div class={`certificate ${isCertified ? 'is-certified' : 'is-open'}`}>
      <p class="promise">
        {policy.mode !== 'risk' && <ModeWords policy={policy} />}
        The promise: of the answers that the student gives, at most{' '}
        <b>{formatShare(policy.riskMax)}</b> may differ from the teacher's, with{' '}
        <b>{formatShare(1 - policy.delta)}</b> certainty.
      </p>
      <p class="certificate-state" data-testid="certificate">
        <i aria-hidden="true">{isCertified ? '\u2713' : '\u2026'}</i>
        {isCertified ? 'Certified' : 'Not certified yet'}
      </p>
      {certificate.kind === 'certified' ? (
        <p class="certificate-words">
          {policy.mode === 'risk' ? 'The student answers' : 'The student would answer'} from a
          confidence of {formatShare(certificate.threshold)}, expected for{' '}
          {formatShare(certificate.coverage, 0)} of traffic:{' '}
          {formatCount(certificate.disagreements)} of {formatCount(certificate.rows)} holdout rows
          above it differed.{' '}
          <span title={formatMoment(certificate.fittedAtMs)}>
            Fitted {formatAgo(certificate.fittedAtMs, nowMs)}.
          </span>
        </p>
      ) : (
        <>
          <p class="certificate-words">The teacher answers everything. {certificate.why}</p>
          <ProgressBar
            share={certificate.holdoutRows / Math.max(1, certificate.nextFitAtRows)}
            label="Holdout rows until the next fit"
          />
        </>
      )}
    </div>
  );
}

function ModeWords({ policy: { mode } }: { readonly policy: PolicyJson }) {
  return (
    <span data-testid="mode">
      Mode <b>{mode}</b>: {modeMeanings[mode]}{' '}
    </span>
  );
}

/** Where no risk is promised: what is, and how much of the budget is spent. */
function ModeCard({ policy, budget }: Pick<TaskJson, 'policy' | 'budget'>) {
  return (
    <div class="certificate is-open">
      <p class="promise">
        <ModeWords policy={policy} />
      </p>
      {budget !== null && (
        <>
          <p class="certificate-words" data-testid="budget">
            {amount(budget, budget.spentLastHour)} of {amount(budget, budget.perHour)} spent in the
            last hour.
          </p>
          <ProgressBar
            share={Math.min(1, budget.spentLastHour / budget.perHour)}
            label="Share of the teacher's budget that is spent"
          />
        </>
      )}
    </div>
  );
}

const amount = ({ unit }: NonNullable<TaskJson['budget']>, units: number): string =>
  unit === 'usd' ? formatUsd(units) : `${formatCount(units)} calls`;
