/** A piece of the demo's traffic. */
export interface DemoPhase {
  /** What its rows are: `Yelp`. */
  readonly title: string;
  readonly rows: readonly DemoRow[];
  /** When they are answered, the student is re-distilled. */
  readonly endsWithRun: boolean;
}

export interface DemoRow {
  /** As the body of a prediction has it: a text, or an image in base64. */
  readonly input: string;
  readonly label: string;
}

/** Cuts rows into equal phases, with a run between two of them; rows left over are not sent. */
export function equalPhases(
  title: string,
  rows: readonly DemoRow[],
  count: number,
): readonly DemoPhase[] {
  const size = Math.floor(rows.length / count);
  return Array.from({ length: count }, (_, phase) => ({
    title,
    rows: rows.slice(phase * size, (phase + 1) * size),
    endsWithRun: phase < count - 1,
  }));
}
