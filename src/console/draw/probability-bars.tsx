import { formatShare } from '../format.js';

interface Props {
  readonly labels: readonly string[];
  readonly probabilities: Readonly<Record<string, number>> | null;
  readonly chosen: string | null;
  readonly isTeacher: boolean;
}

/** More columns than this would be too narrow to read. */
const columnsMax = 12;

/** The probabilities of whoever answered, one column a label. */
export function ProbabilityBars({ labels, probabilities, chosen, isTeacher }: Props) {
  const of = (label: string): number => probabilities?.[label] ?? 0;
  const shown =
    labels.length <= columnsMax
      ? labels
      : [...labels].sort((one, other) => of(other) - of(one)).slice(0, columnsMax);
  const who = probabilities === null ? '' : isTeacher ? ' (the teacher)' : ' (the student)';
  return (
    <div class="probabilities">
      <p class="caption">Probability by label{who}</p>
      <ol class={`columns ${isTeacher ? 'of-teacher' : 'of-student'}`}>
        {shown.map((label) => (
          <li
            key={label}
            class={label === chosen ? 'is-chosen' : ''}
            title={`${label}: ${formatShare(of(label), 2)}`}
            aria-label={`${label}: ${formatShare(of(label), 2)}`}
          >
            <span class="column" aria-hidden="true">
              <span style={{ height: `${Math.max(1, of(label) * 100)}%` }} />
            </span>
            <span class="column-label" aria-hidden="true">
              {label}
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}
