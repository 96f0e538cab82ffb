import { formatShare } from '../format.js';

interface Props {
  readonly labels: readonly string[];
  readonly probabilities: Readonly<Record<string, number>> | null;
  readonly chosen: string | null;
  readonly isTeacher: boolean;
}

/** More columns than this would be too narrow to read. */
const columnsMax = 12;
/** Characters of all labels that fit below columns; longer ones stand beside bars. */
const columnCharsMax = 40;
const barsMax = 8;

/** The probabilities of whoever answered: a column a label, or a bar where labels are long. */
export function ProbabilityBars({ labels, probabilities, chosen, isTeacher }: Props) {
  const of = (label: string): number => probabilities?.[label] ?? 0;
  const areLong = labels.slice(0, columnsMax).join('').length > columnCharsMax;
  const shownMax = areLong ? barsMax : columnsMax;
  const shown =
    labels.length <= shownMax
      ? labels
      : [...labels].sort((one, other) => of(other) - of(one)).slice(0, shownMax);
  const lengthOf = (label: string): Record<string, string> => ({
    [areLong ? 'width' : 'height']: `${Math.max(1, of(label) * 100)}%`,
  });
  const who = probabilities === null ? '' : isTeacher ? ' (the teacher)' : ' (the student)';
  return (
    <div class="probabilities">
      <p class="caption">
        Probability by label{who}
        {shown.length < labels.length && `, the largest ${shown.length} of ${labels.length}`}
      </p>
      <ol class={`columns ${areLong ? 'are-bars ' : ''}${isTeacher ? 'of-teacher' : 'of-student'}`}>
        {shown.map((label) => (
          <li
            key={label}
            class={label === chosen ? 'is-chosen' : ''}
            title={`${label}: ${formatShare(of(label), 2)}`}
            aria-label={`${label}: ${formatShare(of(label), 2)}`}
          >
            <span class="column" aria-hidden="true">
              <span style={lengthOf(label)} />
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
