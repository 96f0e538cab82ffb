import type { InputDrift } from '../routing/input-drift-test.js';
import type { LabelShift } from '../routing/label-shift-test.js';

/** What has become frequent, a sentence. */
export function inputDriftWords(drift: InputDrift, labels: readonly string[]): string {
  const { seen, rows, referenceSeen, referenceRows } = drift;
  return (
    `The student was not sure of ${seen} of the last ${rows} rows${kindWords(drift, labels)}; of ` +
    `the ${referenceRows} that certified the threshold that was ${referenceSeen}.`
  );
}

/** Which label has become frequent, a sentence. */
export function labelShiftWords(shift: LabelShift, labels: readonly string[]): string {
  const { label, seen, rows, referenceSeen, referenceRows } = shift;
  return (
    `The teacher called ${seen} of the last ${rows} holdout rows "${labels[label]}"; of ` +
    `${referenceRows} before that was ${referenceSeen}.`
  );
}

function kindWords({ of }: InputDrift, labels: readonly string[]): string {
  if (of === 'escalation') return '';
  if (of === 'out-of-scope') return ', unlike anything it was trained on';
  return ` that the teacher called "${labels[of]}"`;
}
