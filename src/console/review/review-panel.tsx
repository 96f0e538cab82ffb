import { useEffect, useRef } from 'preact/hooks';
import type { TaskJson } from '../../http/api-types.js';
import { Panel } from '../parts/panel.js';
import { ProblemNote } from '../parts/problem-note.js';
import { choicesOf, keysOf, LabelChoice } from './label-choice.js';
import { RowInput } from './row-input.js';
import { useReview, type Review } from './use-review.js';

/** Rows that a person should label, by keyboard: where student and teacher differ come first. */
export function ReviewPanel({ task }: { readonly task: TaskJson }) {
  const review = useReview(task.name);
  const { rows, row, isBusy, failure, labelled } = review;
  const isOver = rows !== null && row === null;
  return (
    <Panel
      title="Review"
      class="review-panel"
      hint="what a person should label: where student and teacher differ, then the least sure"
      actions={
        row === null && (
          <button type="button" class="button" disabled={isBusy} onClick={() => void review.load()}>
            {rows === null ? 'Begin' : 'Look for more'}
          </button>
        )
      }
    >
      {failure !== null && <ProblemNote failure={failure} />}
      {rows === null && (
        <p class="caption">
          A label given here is learnt from in the teacher&rsquo;s place. Holdout rows are not among
          these.
        </p>
      )}
      {isOver && <p class="caption">{rows.length === 0 ? nothing : 'These were all of them.'}</p>}
      {row !== null && <ReviewRow task={task} review={review} row={row} />}
      <p class="caption" role="status" aria-label="Review">
        {review.said} {labelled > 0 && `${labelled} labelled.`}
      </p>
    </Panel>
  );
}

const nothing =
  'There is nothing to look at: rows come here when student and teacher have both spoken of them.';

/**
 * One row. Its keys work while the focus is in it, and nowhere else: a key pressed elsewhere must
 * label nothing.
 */
function ReviewRow({
  task,
  review,
  row,
}: {
  readonly task: TaskJson;
  readonly review: Review;
  readonly row: NonNullable<Review['row']>;
}) {
  const group = useRef<HTMLDivElement>(null);
  useEffect(() => group.current!.focus(), [row.id]);
  const choices = choicesOf(row, task.labels);

  function press(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target instanceof HTMLSelectElement) return; // There letters choose an option.
    const label = choices[keysOf(choices).indexOf(event.key)];
    if (label !== undefined) void review.label(label);
    else if (event.key === 's') review.skip();
    else if (event.key === 'b') review.back();
    else return;
    event.preventDefault();
  }
  return (
    <div
      ref={group}
      class="review-row"
      role="group"
      aria-label="Row to label"
      tabIndex={-1}
      onKeyDown={press}
    >
      <RowInput task={task} input={row.input} />
      <LabelChoice
        key={row.id}
        {...{ row, labels: task.labels, isBusy: review.isBusy }}
        onLabel={(label) => void review.label(label)}
      />
      <div class="review-moves">
        <button type="button" class="button is-small" aria-keyshortcuts="s" onClick={review.skip}>
          <kbd aria-hidden="true">S</kbd> Skip
        </button>
        <button type="button" class="button is-small" aria-keyshortcuts="b" onClick={review.back}>
          <kbd aria-hidden="true">B</kbd> Back
        </button>
      </div>
    </div>
  );
}
