/** `DELETE /v1/tasks/{task}/rows?subject=`: what was erased, and what has seen it. */
export interface ErasureJson {
  readonly rows: number;
  /** Versions of the student that were trained on some of the rows; retired ones included. */
  readonly students: readonly string[];
  /** Versions that were made from those, on other rows. */
  readonly descendants: readonly string[];
  /** Dataset snapshots with some of the rows, which were erased too. */
  readonly snapshots: number;
}
