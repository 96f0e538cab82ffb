/** What a run learnt from, and what was left out of it. */
export interface DatasetReportJson {
  /** One line with the numbers. */
  readonly summary: string;
  /** Rows to learn from, seed rows included. */
  readonly trainingRows: number;
  readonly validationRows: number;
  readonly seedRows: number;
  /** Captured rows that were looked at, and the clients that had sent them. */
  readonly capturedRows: number;
  readonly clients: number;
  /** Captured rows, of `heldOut` seed rows too, by why they are not in the dataset. */
  readonly leftOut: {
    /** An equal input came later. */
    readonly duplicates: number;
    /** The input equals a holdout row's, or a golden row's. */
    readonly heldOut: number;
    /** The client is new: later runs take them. */
    readonly newClients: number;
    /** Too many look nearly the same. */
    readonly nearDuplicates: number;
    /** The client has its share. */
    readonly clientShare: number;
  };
  /** Clients that a bound has met, those of whom most was left out first, at most ten. */
  readonly boundClients: readonly BoundClientJson[];
}

export interface BoundClientJson {
  /** Null where the log knows none. */
  readonly client: string | null;
  readonly rows: number;
  /** Of those, in the dataset. */
  readonly kept: number;
}
