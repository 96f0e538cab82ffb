/** Something that happened to a task. */
export interface TimelineEventJson {
  readonly atMs: number;
  /**
   * `gateway-started`, `certificate-won`, `certificate-lost`, `run-started`, `run-promoted`,
   * `run-rejected`, `run-skipped`, `run-untrainable`, `run-failed`, `student-promoted`,
   * `student-rolled-back`, `student-added`, `policy-changed`. Later versions may have others.
   */
  readonly kind: string;
  /** For people. */
  readonly text: string;
  /** The same in values: `threshold`, `coverage`, `run`, `trigger`, `version`, ... */
  readonly details: Readonly<Record<string, string | number>>;
}

/** `GET /v1/tasks/{task}/timeline?limit=100`: newest first, at most 1 000; restarts included. */
export interface TimelineJson {
  readonly events: readonly TimelineEventJson[];
}
