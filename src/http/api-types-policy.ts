/** The JSON of a task's policy, its budget and its certificate: a part of `api-types.ts`. */

/** Why the student may answer, or what is missing until it may. */
export type CertificateJson =
  | {
      readonly kind: 'certified';
      readonly threshold: number;
      /** Holdout rows and disagreements at or above the threshold when it was fitted. */
      readonly rows: number;
      readonly disagreements: number;
      /** Expected share of traffic at or above it. */
      readonly coverage: number;
      readonly fittedAtMs: number;
    }
  | {
      readonly kind: 'not-certified';
      /** One sentence for people: what is missing. */
      readonly why: string;
      readonly holdoutRows: number;
      /** Holdout rows at which the next fit is tried. */
      readonly nextFitAtRows: number;
    };

/** Exactly one of the two: rows, or US dollars, that the teacher may cost in any hour. */
export interface TeacherBudgetJson {
  readonly callsPerHour?: number;
  readonly usdPerHour?: number;
}

export interface PolicyJson {
  /**
   * Who answers: `risk` the student where the promise holds, `budget` the teacher as far as
   * `teacherBudget` goes, `student` or `teacher` everything, `shadow` the teacher while the student
   * is scored.
   */
  readonly mode: 'risk' | 'budget' | 'student' | 'teacher' | 'shadow';
  /** Needed in mode `budget`, and in force there alone. */
  readonly teacherBudget: TeacherBudgetJson | null;
  readonly riskMax: number;
  readonly delta: number;
  /** Rate once certified; `coldHoldoutRate` until then. */
  readonly holdoutRate: number;
  readonly coldHoldoutRate: number;
  readonly exploreRate: number;
  /** Checks of the teacher against itself, a holdout row. */
  readonly reaskRate: number;
}

/** `PATCH /v1/tasks/{task}/policy`: what is absent stays as it is. */
export type PolicyPatchJson = {
  readonly [Name in Exclude<keyof PolicyJson, 'coldHoldoutRate'>]?: PolicyJson[Name];
};

/** How the teacher's budget stands. */
export interface BudgetJson {
  /** `calls`: rows that the teacher labels. */
  readonly unit: 'calls' | 'usd';
  readonly perHour: number;
  /** Rows on their way to the teacher included. */
  readonly spentLastHour: number;
}
