import type { AnswerJson } from '../../http/api-types.js';
import { formatMs } from '../format.js';

interface Props {
  readonly latencyMs: AnswerJson['latencyMs'] | null;
}

const stages = ['preprocess', 'student', 'teacher', 'capture'] as const;
const stageMeanings = {
  preprocess: 'parsing and checking the input',
  student: "the student's batch and forward pass",
  teacher: "the teacher's answer",
  capture: 'writing the answer to disk before it is given',
} as const;

/** Where the time of one answer went. */
export function LatencyBar({ latencyMs }: Props) {
  const spent = stages.map((stage) => ({ stage, ms: latencyMs?.[stage] ?? null }));
  return (
    <div class="latency">
      <p class="caption">
        Latency in the gateway <b>{latencyMs === null ? '\u2013' : formatMs(latencyMs.total)}</b>
      </p>
      <div class="latency-bar" aria-hidden="true">
        {spent.map(({ stage, ms }) => (
          <span key={stage} class={`stage-${stage}`} style={{ flexGrow: ms ?? 0 }} />
        ))}
      </div>
      <ul class="latency-stages">
        {spent.map(({ stage, ms }) => (
          <li key={stage} class={`stage-${stage}`} title={stageMeanings[stage]}>
            {stage} <b>{ms === null ? '\u2013' : formatMs(ms)}</b>
          </li>
        ))}
      </ul>
    </div>
  );
}
