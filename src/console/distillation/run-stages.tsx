const stages = [
  {
    name: 'snapshot',
    what: 'Freezes the captured rows that may be trained on; holdout rows never.',
  },
  {
    name: 'train',
    what: "Fits a new student to the teacher's answers, beside the one that serves.",
  },
  { name: 'calibrate', what: 'Makes its confidences mean what they say.' },
  { name: 'evaluate', what: 'Holds it against the present student, on rows that neither saw.' },
  { name: 'gate', what: 'Every gate must pass; a failed one keeps the present student.' },
  { name: 'promote', what: 'Swaps it in between two requests; no request fails.' },
];

/** What a run does, for those who have not seen one yet. */
export function RunStages() {
  return (
    <div class="run-stages">
      <p>No run yet. Replay some traffic, then re-distil: a run makes a new student from it.</p>
      <ol>
        {stages.map(({ name, what }) => (
          <li key={name}>
            <b>{name}</b>
            <span>{what}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}
