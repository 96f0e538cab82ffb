import type { RunJson } from '../../http/api-types.js';
import { EvaluationButton } from '../evaluation/evaluation-button.js';
import { formatAgo, formatMoment } from '../format.js';

interface Props {
  readonly runs: readonly RunJson[];
  readonly nowMs: number;
}

const shownMax = 4;

/** Earlier runs, one line each. */
export function RunHistory({ runs, nowMs }: Props) {
  if (runs.length === 0) return null;
  return (
    <section class="run-history" aria-label="Earlier runs">
      <h3>Earlier runs</h3>
      <ul>
        {runs.slice(0, shownMax).map(({ id, state, trigger, startedAtMs, reasons, ...run }) => (
          <li key={id}>
            <b class={`verdict-word is-${state}`}>{state}</b>
            <span class="run-words">
              {run.candidateVersion ?? ''} {reasons[0] ?? `by ${trigger}`}
            </span>
            {run.hasPage === true && <EvaluationButton of={{ run: id }} name={`run ${id}`} />}
            <time title={formatMoment(startedAtMs)}>{formatAgo(startedAtMs, nowMs)}</time>
          </li>
        ))}
      </ul>
    </section>
  );
}
