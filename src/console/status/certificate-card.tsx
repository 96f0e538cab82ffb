import type { TaskJson } from '../../http/api-types.js';
import { formatAgo, formatCount, formatMoment, formatShare } from '../format.js';
import { ProgressBar } from '../parts/progress-bar.js';

interface Props {
  readonly task: TaskJson;
  readonly nowMs: number;
}

/** The promise in words, and whether it holds now. */
export function CertificateCard({ task: { policy, certificate }, nowMs }: Props) {
  const isCertified = certificate.kind === 'certified';
  return (
    <div class={`certificate ${isCertified ? 'is-certified' : 'is-open'}`}>
      <p class="promise">
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
          The student answers from a confidence of {formatShare(certificate.threshold)}, expected
          for {formatShare(certificate.coverage, 0)} of traffic:{' '}
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
