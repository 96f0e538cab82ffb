/** How a student came to be: what was tried on the way, and what came of it. */
export interface TrainingJson {
  /** Sentences for people: what won and by what, or why nothing was searched. */
  readonly notes: readonly string[];
  /** The settings that the student was trained with, for example `MLP 128`. */
  readonly settings: string;
  /** Training rows of the latest run that searched; null: none has. */
  readonly searchedRows: number | null;
  /** Rows that judged: neither trained on nor held out. */
  readonly validationRows: number;
  /** In the order of trying; one alone where nothing was searched, none of a brought student. */
  readonly trials: readonly TrialJson[];
}

export interface TrialJson {
  readonly settings: string;
  /** Part of a whole training that it had, in (0, 1]. */
  readonly share: number;
  /** Share of the validation rows, and mean over the classes of it; null without such rows. */
  readonly agreement: number | null;
  readonly balancedAgreement: number | null;
  /** Mean squared error of the calibrated probabilities, in [0, 2]; null without such rows. */
  readonly loss: number | null;
  readonly seconds: number;
  readonly isChosen: boolean;
}
