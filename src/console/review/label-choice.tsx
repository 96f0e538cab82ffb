import { useState } from 'preact/hooks';
import type { ReviewRowJson } from '../../http/api-types.js';

interface Props {
  readonly row: ReviewRowJson;
  readonly labels: readonly string[];
  readonly isBusy: boolean;
  readonly onLabel: (label: string) => void;
}

/** Labels that have a key of their own: 1 to 9, and 0. */
const keysMax = 10;

/** The key of a label by its place, 0 for the tenth. */
export const keyAt = (index: number): string => String((index + 1) % 10);

/**
 * Labels in the order of their keys: both opinions first, by name, so that nobody can tell whose is
 * whose; then the others, where all of them have room.
 */
export function choicesOf(
  { studentLabel, teacherLabel }: Pick<ReviewRowJson, 'studentLabel' | 'teacherLabel'>,
  labels: readonly string[],
): readonly string[] {
  const opinions = labels.filter((label) => label === studentLabel || label === teacherLabel);
  const others = labels.filter((label) => !opinions.includes(label));
  return labels.length <= keysMax ? [...opinions, ...others] : opinions;
}

/** A button for each label, or for both opinions and a list of all labels. */
export function LabelChoice({ row, labels, isBusy, onLabel }: Props) {
  const choices = choicesOf(row, labels);
  const [other, setOther] = useState('');
  return (
    <div class="review-labels">
      {choices.map((label, index) => (
        <button
          key={label}
          type="button"
          class="button"
          aria-keyshortcuts={keyAt(index)}
          disabled={isBusy}
          onClick={() => onLabel(label)}
        >
          <kbd aria-hidden="true">{keyAt(index)}</kbd> {label}
        </button>
      ))}
      {choices.length < labels.length && (
        <form
          class="review-other"
          onSubmit={(event) => {
            event.preventDefault();
            if (other !== '') onLabel(other);
          }}
        >
          <select
            aria-label="Another label"
            value={other}
            onChange={(event) => setOther(event.currentTarget.value)}
          >
            <option value="">Another label</option>
            {labels.map((label) => (
              <option key={label}>{label}</option>
            ))}
          </select>
          <button type="submit" class="button" disabled={isBusy || other === ''}>
            Use it
          </button>
        </form>
      )}
    </div>
  );
}
