import type { AnswerJson, TaskJson } from '../../http/api-types.js';
import { formatCount, formatUsd } from '../format.js';

interface Props {
  readonly answer: AnswerJson | null;
  readonly task: TaskJson;
}

/** What this answer cost beside what the teacher would have cost, and its provenance. */
export function AnswerCost({ answer, task: { teacher, student } }: Props) {
  const model =
    answer?.teacher === teacher.name
      ? `${teacher.name}, ${teacher.architecture}`
      : answer === null
        ? '\u2013'
        : `${answer.studentVersion ?? ''}, ${student?.architecture ?? ''}`;
  return (
    <dl class="facts">
      <dt>Cost</dt>
      <dd>
        {answer === null
          ? `the teacher takes ${formatUsd(teacher.costPerRowUsd)}`
          : costWords(answer.costUsd, teacher.costPerRowUsd)}
      </dd>
      <dt>Model</dt>
      <dd>{model}</dd>
      <dt title="Send it back later as feedback, or find it in the log">Id</dt>
      <dd class="mono">{answer?.id ?? '\u2013'}</dd>
    </dl>
  );
}

function costWords(costUsd: number, teacherUsd: number): string {
  const times = teacherUsd / costUsd;
  if (costUsd === 0) return `$0; the teacher takes ${formatUsd(teacherUsd)}`;
  if (times < 1.05) return `${formatUsd(costUsd)}, the teacher's price`;
  const count = times < 10 ? times.toFixed(1) : formatCount(Number(times.toPrecision(2)));
  return `${formatUsd(costUsd)}, ${count} times less than the teacher's ${formatUsd(teacherUsd)}`;
}
