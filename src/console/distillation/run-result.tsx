import type { RunJson } from '../../http/api-types.js';
import { formatAgo, formatDuration, formatMoment } from '../format.js';
import { EvaluationButton } from '../evaluation/evaluation-button.js';
import { GateList } from '../parts/gate-list.js';
import { TrialList } from '../parts/trial-list.js';

interface Props {
  readonly run: RunJson;
  readonly nowMs: number;
}

const verdicts: Readonly<Record<RunJson['state'], string>> = {
  running: 'Running',
  promoted: 'Promoted',
  rejected: 'Rejected',
  skipped: 'Skipped',
  untrainable: 'Can not be trained',
  failed: 'Failed',
};

/** How a run ended, and why: every gate with its numbers. */
export function RunResult({ run, nowMs }: Props) {
  const { state, evaluation, dataset, teacherCheck, reasons, candidateVersion } = run;
  const { startedAtMs, endedAtMs, trigger } = run;
  const endedMs = endedAtMs ?? startedAtMs;
  const gates = [...(teacherCheck ? [teacherCheck] : []), ...(evaluation?.gates ?? [])];
  const besideGates = reasons.filter((said) => gates.every(({ reason }) => reason !== said));
  return (
    <div class="run" data-testid="run" data-state={state}>
      <p class={`verdict is-${state}`} role="status">
        <b>{verdicts[state]}</b>
        {candidateVersion !== null && <span class="mono">{candidateVersion}</span>}
        <time title={formatMoment(endedMs)}>{formatAgo(endedMs, nowMs)}</time>
        {run.hasPage === true && <EvaluationButton of={{ run: run.id }} name="this run" />}
      </p>
      {gates.length > 0 && <GateList gates={gates} />}
      {evaluation?.training && <TrialList training={evaluation.training} />}
      {besideGates.length > 0 && (
        <ul class="reasons">
          {besideGates.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
      {dataset && <p class="run-message">Dataset: {dataset.summary}.</p>}
      <p class="caption">
        Took {formatDuration(endedMs - startedAtMs)}, started by {trigger}.
        {evaluation !== null &&
          ` Judged on holdout and golden rows that neither student was trained on.`}
      </p>
    </div>
  );
}
