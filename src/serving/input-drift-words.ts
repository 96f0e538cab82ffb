import type { InputDrift } from '../routing/input-drift-test.js';

/** What has become frequent, a sentence. */
export function inputDriftWords(drift: InputDrift, labels: readonly string[]): string {
  const { seen, rows, referenceSeen, referenceRows } = drift;
  return (
    `Of the last ${rows} rows there were ${seen} that ${kindWords(drift, labels)}; of the ` +
    `${referenceRows} that certified the threshold there were ${referenceSeen}.`
  );
}

function kindWords({ of }: InputDrift, labels: readonly string[]): string {
  if (of === 'escalation') return 'the student was not sure of';
  if (of === 'out-of-scope') return 'were unlike anything the student was trained on';
  return `the student was not sure of and the teacher called "${labels[of]}"`;
}
