/** What the guarantee says of the world. */
export type DriftEvent =
  'certificate-won' | 'certificate-lost' | 'inputs-drifted' | 'inputs-settled';

/** A run that has ended. */
export interface EndedRun {
  readonly trigger: string;
  readonly state: string;
  /** A version: the run made a smaller one of it, and learnt from no rows. */
  readonly compresses?: string | undefined;
}

/**
 * Just after an alarm there are no holdout rows of the new world yet to choose a candidate by, so a
 * run is skipped: it is asked for again whenever this many training rows have come. After one that
 * came to a verdict, when the rows have also grown by this share: its student was not enough.
 */
const alarmRetryRows = 200;
const alarmRetryGrowth = 0.25;
/** So soon another run would come to the same. */
const verdicts = ['promoted', 'rejected', 'untrainable'];

/** The same while inputs drift: the first run needs a few rows of the new kind to learn from. */
const inputsRows = 50;
const inputsGrowth = 0.02;
const inputsRetryGrowth = 0.1;

/** Says from how many new training rows drift asks for a run; until it ends, again and again. */
export class DriftRuns {
  private alarmAfterRows = Infinity;
  private inputsAfterRows = Infinity;

  /** @param before  what was on when the process started, and training rows that were there. */
  constructor(before: {
    readonly isAlarmOn: boolean;
    readonly haveInputsDrifted: boolean;
    readonly rowsBefore: number;
  }) {
    if (before.isAlarmOn) this.alarmAfterRows = alarmRetryRows;
    if (before.haveInputsDrifted) this.heard('inputs-drifted', before.rowsBefore);
  }

  get afterRows(): number {
    return Math.min(this.alarmAfterRows, this.inputsAfterRows);
  }

  /** @param rowsBefore  training rows at the start of the last run. */
  heard(event: DriftEvent, rowsBefore: number): void {
    if (event === 'certificate-lost') this.alarmAfterRows = alarmRetryRows;
    if (event === 'certificate-won') this.alarmAfterRows = Infinity;
    if (event === 'inputs-drifted')
      this.inputsAfterRows = Math.max(inputsRows, inputsGrowth * rowsBefore);
    if (event === 'inputs-settled') this.inputsAfterRows = Infinity;
  }

  /** @param rowsBefore  training rows at its start. */
  runEnded({ trigger, state }: EndedRun, rowsBefore: number): void {
    const isJudged = trigger === 'drift' && verdicts.includes(state);
    const after = (rows: number, growth: number): number =>
      Math.max(rows, isJudged ? Math.ceil(growth * rowsBefore) : 0);
    if (this.alarmAfterRows < Infinity)
      this.alarmAfterRows = after(alarmRetryRows, alarmRetryGrowth);
    if (this.inputsAfterRows < Infinity)
      this.inputsAfterRows = after(inputsRows, inputsRetryGrowth);
  }
}
