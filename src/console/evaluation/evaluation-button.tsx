import { useState } from 'preact/hooks';
import type { EvaluationOwner } from '../api.js';
import { EvaluationDialog } from './evaluation-dialog.js';

interface Props {
  readonly of: EvaluationOwner;
  /** Beside others of its kind: whose evaluation it is. */
  readonly name: string;
}

/** Opens the evaluation page of a run or a version. */
export function EvaluationButton({ of, name }: Props) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        class="button is-small"
        aria-label={`Evaluation of ${name}`}
        title="Losses, intervals, calibration, classes, lineage"
        onClick={() => setIsOpen(true)}
      >
        Evaluation
      </button>
      {isOpen && <EvaluationDialog of={of} onClose={() => setIsOpen(false)} />}
    </>
  );
}
