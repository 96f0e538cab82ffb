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

/** What can be typed, and means nothing else here: `s` skips, `b` goes back. */
const ownKey = /^[0-9ac-rt-z]$/;

/**
 * The keys of labels in their order: each is its own where they are all such signs, as digits are
 * (2 must not stand for 8); else 1 for the first to 0 for the tenth.
 */
export const keysOf = (choices: readonly string[]): readonly string[] =>
  choices.every((label) => ownKey.test(label))
    ? choices
    : choices.map((_, index) => String((index + 1) % 10));

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
  const keys = keysOf(choices);
  const [other, setOther] = useState('');
  return (
    <div class="review-labels">
      {choices.map((label, index) => (
        <button
          key={label}
          type="button"
          class="button"
          aria-keyshortcuts={keys[index]}
          disabled={isBusy}
          onClick={() => onLabel(label)}
        >
          <kbd aria-hidden="true">{keys[index]}</kbd> {label}
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
