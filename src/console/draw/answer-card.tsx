import type { AnswerJson, TaskJson } from '../../http/api-types.js';
import { routeMeanings, whoIn, whyIn } from '../words.js';
import { AnswerCost } from './answer-cost.js';
import { ConfidenceGauge } from './confidence-gauge.js';
import { LatencyBar } from './latency-bar.js';
import { ProbabilityBars } from './probability-bars.js';

interface Props {
  readonly answer: AnswerJson | null;
  readonly task: TaskJson;
  readonly isAsking: boolean;
  /** What to do for an answer. */
  readonly hint: string;
}

/** One answer with its provenance: who, why, how sure, how fast, at what price. */
export function AnswerCard({ answer, task, isAsking, hint }: Props) {
  const route = answer?.route ?? 'none';
  return (
    <div class={`answer route-${route} ${isAsking ? 'is-asking' : ''}`}>
      <div class="answer-head" aria-live="polite">
        <output
          class={`answer-label ${(answer?.label.length ?? 0) > 3 ? 'is-long' : ''}`}
          aria-label="Label"
          data-testid="answer-label"
        >
          {answer?.label ?? '\u2013'}
        </output>
        <div>
          <p class="answer-who" title={answer === null ? '' : routeMeanings[answer.route]}>
            {answer === null ? (isAsking ? 'Asking \u2026' : 'Nothing asked yet') : whoIn(answer)}
          </p>
          <p class="answer-why">{answer === null ? hint : whyIn(answer)}</p>
        </div>
      </div>
      <ConfidenceGauge
        confidence={answer?.confidence ?? null}
        threshold={answer === null ? thresholdOf(task) : answer.threshold}
      />
      <ProbabilityBars
        labels={task.labels}
        probabilities={answer?.probabilities ?? null}
        chosen={answer?.label ?? null}
        isTeacher={(answer?.teacher ?? null) !== null}
      />
      <LatencyBar latencyMs={answer?.latencyMs ?? null} />
      <AnswerCost answer={answer} task={task} />
    </div>
  );
}

const thresholdOf = ({ certificate }: TaskJson): number | null =>
  certificate.kind === 'certified' ? certificate.threshold : null;
