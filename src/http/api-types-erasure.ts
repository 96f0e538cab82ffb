/** `DELETE /v1/tasks/{task}/rows?subject=`: what was erased, and what has seen it. */
export interface ErasureJson {
  readonly rows: number;
  /** Versions of the student that were trained on some of the rows; retired ones included. */
  readonly students: readonly string[];
  /** Versions that were made from those, on other rows. */
  readonly descendants: readonly string[];
  /**
   * Runs of which it can not be told whether they have read some of the rows: what they have
   * written down is lost or damaged. `student`: the version that came of it; null: none, or it is
   * not known.
   */
  readonly unknown: readonly { readonly run: string; readonly student: string | null }[];
  /** Dataset snapshots with some of the rows, and those of unknown runs, which were erased too. */
  readonly snapshots: number;
  /**
   * Old pages of the log's files, which have the rows: `gone`; `in-use`: somebody reads them, erase
   * again; `of-the-server`: of PostgreSQL, which clears them away by itself (`VACUUM`).
   */
  readonly oldPages: 'gone' | 'in-use' | 'of-the-server';
}
