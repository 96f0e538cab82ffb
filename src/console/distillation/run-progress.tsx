import type { RunJson } from '../../http/api-types.js';
import { formatAgo, formatDuration, formatMoment } from '../format.js';
import { ProgressBar } from '../parts/progress-bar.js';

interface Props {
  readonly run: RunJson;
  readonly nowMs: number;
  readonly onCancel: () => void;
}

const stages = ['snapshot', 'train', 'calibrate', 'evaluate', 'gate', 'promote'];

/** A run that is going on: where it is, what it does, how long it still takes. */
export function RunProgress({ run, nowMs, onCancel }: Props) {
  const { stage, share, message, remainingMs, startedAtMs, trigger } = run;
  const now = stages.indexOf(stage);
  return (
    <div class="run" data-testid="run" data-state="running">
      <div class="run-numbers">
        <b>{Math.floor(share * 100)} %</b>
        <span>{remainingMs === null ? '' : `${stage}: ${formatDuration(remainingMs)} left`}</span>
      </div>
      <ProgressBar share={share} label="Distillation" class="is-moving" />
      <ol class="stages" aria-label="Stages">
        {stages.map((name, index) => (
          <li
            key={name}
            class={index < now ? 'is-done' : index === now ? 'is-now' : ''}
            {...(index === now ? { 'aria-current': 'step' } : {})}
          >
            {name}
          </li>
        ))}
      </ol>
      <p class="run-message">{message}</p>
      <p class="caption" title={formatMoment(startedAtMs)}>
        Started {formatAgo(startedAtMs, nowMs)} by {trigger}. The present student goes on answering.
      </p>
      <button type="button" class="button is-small" onClick={onCancel}>
        Cancel this run
      </button>
    </div>
  );
}
