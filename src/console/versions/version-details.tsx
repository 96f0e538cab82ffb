import type { CompressionJson, IntervalJson, StudentJson } from '../../http/api-types.js';
import { EvaluationButton } from '../evaluation/evaluation-button.js';
import { formatBytes, formatCount, formatMs, formatShare } from '../format.js';
import { GateList } from '../parts/gate-list.js';
import { TrialList } from '../parts/trial-list.js';

interface Props {
  readonly student: StudentJson;
  readonly riskMax: number;
}

/** What a run found out about a version, beside the version that it was to replace. */
export function VersionDetails({ student: { version, evaluation, parent }, riskMax }: Props) {
  if (evaluation === null)
    return <p class="caption">It came with the task: no run has evaluated it.</p>;
  const { incumbent, agreement, coverage, goldenAccuracy, goldenRows } = evaluation;
  const rows = [
    {
      name: `Agreement on ${formatCount(agreement.rows)} holdout rows`,
      own: withInterval(agreement),
      before: incumbent && formatShare(incumbent.agreement),
    },
    {
      name: `Coverage at ${formatShare(riskMax)} risk`,
      own: formatShare(coverage),
      before: incumbent && formatShare(incumbent.coverage),
    },
    ...(goldenRows === 0
      ? []
      : [
          {
            name: `Accuracy on ${formatCount(goldenRows)} golden rows`,
            own: formatShare(goldenAccuracy),
            before: incumbent && formatShare(incumbent.goldenAccuracy),
          },
        ]),
  ];
  return (
    <div class="details">
      <p>
        <EvaluationButton of={{ version }} name={version} />
      </p>
      <dl class="facts">
        {rows.map(({ name, own, before }) => [
          <dt key={`${name} name`}>{name}</dt>,
          <dd key={name}>
            <b>{own}</b>
            {before === null ? '' : `, before ${before}`}
          </dd>,
        ])}
        <dt>Compared with</dt>
        <dd class="mono">{incumbent?.version ?? 'nothing: it was the first'}</dd>
        <dt>Trained from</dt>
        <dd class="mono">{parent ?? 'scratch'}</dd>
        <dt title="Logits are divided by it, so that confidences mean what they say">
          Calibration temperature
        </dt>
        <dd>{evaluation.temperature.toFixed(3)}</dd>
        <dt title="What confidence is made of; chosen on validation rows">Score</dt>
        <dd>{evaluation.score ?? 'top-probability'}</dd>
        {evaluation.calibrationError && (
          <>
            <dt title="Mean gap of probability and agreement; bins of equal width, of equal mass">
              Calibration error
            </dt>
            <dd>
              {formatShare(evaluation.calibrationError.equalWidth)},{' '}
              {formatShare(evaluation.calibrationError.equalMass)}
            </dd>
          </>
        )}
        {evaluation.compression && <CompressionFacts compression={evaluation.compression} />}
        <dt>Run of one row, 99th percentile</dt>
        <dd>{formatMs(evaluation.runMsP99)}</dd>
      </dl>
      <GateList gates={evaluation.gates} />
      {evaluation.training && <TrialList training={evaluation.training} />}
    </div>
  );
}

function CompressionFacts({ compression }: { readonly compression: CompressionJson }) {
  const { of, bytes, runMs, batchMs, rows, sameLabel } = compression;
  return (
    <>
      <dt>In 8 bits, of</dt>
      <dd class="mono">{of}</dd>
      <dt>Size</dt>
      <dd>
        <b>{formatBytes(bytes.after)}</b>, before {formatBytes(bytes.before)}
      </dd>
      <dt title="Measured in turn">Run of 1 row, of {batchMs.rows}</dt>
      <dd>
        <b>
          {formatMs(runMs.after)}, {formatMs(batchMs.after)}
        </b>
        , before {formatMs(runMs.before)}, {formatMs(batchMs.before)}
      </dd>
      <dt>Same label as before</dt>
      <dd>
        <b>{formatShare(sameLabel)}</b> of {formatCount(rows)} rows
      </dd>
    </>
  );
}

const withInterval = ({ estimate, low, high }: IntervalJson): string =>
  `${formatShare(estimate)} (${formatShare(low)} to ${formatShare(high)})`;
