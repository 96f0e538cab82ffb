/** A version in 8 bits beside the version that it was made of, on the same rows and machine. */
export interface CompressionJson {
  /** That version. */
  readonly of: string;
  readonly bytes: BeforeAfter;
  /** Median time of a run of one row, ms; measured in turn. */
  readonly runMs: BeforeAfter;
  /** The same of a run of so many rows. */
  readonly batchMs: BeforeAfter & { readonly rows: number };
  /** Rows that both answered, of which the shares below are. */
  readonly rows: number;
  /** Share of those rows with the same label. */
  readonly sameLabel: number;
  /** Greatest difference of a label's probability. */
  readonly probabilityGap: number;
}

export interface BeforeAfter {
  readonly before: number;
  readonly after: number;
}
