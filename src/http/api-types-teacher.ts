import type { IntervalJson } from './api-types.js';

/** The teacher that students are held against. */
export interface TeacherJson {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** Null where nobody has counted. */
  readonly multiplyAdds: number | null;
  readonly costPerRowUsd: number;
  /**
   * How often two answers of it to one input are equal, on holdout rows that it was asked about
   * again; null before any.
   */
  readonly selfAgreement: IntervalJson | null;
  /** No `riskMax` below it is taken: no student could keep it. 0 while no floor is shown. */
  readonly riskFloor: number;
  /** When it was found to answer otherwise than before under this version; null: never. */
  readonly changedAtMs: number | null;
}

/** How it stands with one teacher of a task. */
export interface TeacherStateJson {
  readonly name: string;
  readonly version: string;
  readonly costPerRowUsd: number;
  /** Null: teachers are asked in their order. */
  readonly weight: number | null;
  /** `open`: it has failed too often and is not asked; `half-open`: some calls find out. */
  readonly breaker: 'closed' | 'half-open' | 'open';
  /** Until it is asked again, ms; 0: it may be asked now. */
  readonly waitMs: number;
  /** Calls that may be at it at once, as adapted. */
  readonly limitCalls: number;
  readonly inFlightCalls: number;
  readonly waitingCalls: number;
}
