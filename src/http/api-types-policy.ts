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
      /** One for each target of `policy.labels`. */
      readonly labels: readonly LabelCertificateJson[];
    }
  | {
      readonly kind: 'not-certified';
      /** One sentence for people: what is missing. */
      readonly why: string;
      readonly holdoutRows: number;
      /** Holdout rows at which the next fit is tried. */
      readonly nextFitAtRows: number;
      readonly labels: readonly LabelCertificateJson[];
    };

/** An alarm that is on: what it withdrew has not been certified again yet. */
export interface DriftAlarmJson {
  readonly sinceMs: number;
  /** One sentence for people: what was seen. */
  readonly why: string;
}

/**
 * Traffic that holds more of what the student cannot answer than what certified its threshold, or
 * more of a label than at first.
 */
export interface InputDriftJson {
  readonly sinceMs: number;
  /** One sentence for people: what has become frequent. */
  readonly why: string;
  /** Confidence from which the student answers until then; null: it answers nothing. */
  readonly thresholdMin: number | null;
}

/** What is known of one target of one label. */
export interface LabelCertificateJson {
  readonly label: string;
  readonly target: 'riskMax' | 'missMax';
  readonly max: number;
  readonly delta: number;
  /**
   * `riskMax`: confidence from which the student gives this label. `missMax`: least confidence of
   * its answers with other labels. Null: not certified.
   */
  readonly threshold: number | null;
  /** Holdout rows behind it: those that the student answers so, or that the teacher does. */
  readonly rows: number;
  /** Of those: disagreements, or misses. */
  readonly failures: number;
  /** One sentence for people: what is missing. Null when it is certified. */
  readonly why: string | null;
}

/** Exactly one of the two: rows, or US dollars, that the teacher may cost in any hour. */
export interface TeacherBudgetJson {
  readonly callsPerHour?: number;
  readonly usdPerHour?: number;
}

/** At least one of `riskMax` and `missMax`. */
export interface LabelTargetJson {
  /** Of the student's answers with this label, at most this share differs from the teacher's. */
  readonly riskMax?: number;
  /** Of the rows that the teacher labels so, the student answers at most this share otherwise. */
  readonly missMax?: number;
  /** Chance with which that may fail; may be left out of a request: 0.1. */
  readonly delta: number;
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
  /** By label: what is promised of it alone. */
  readonly labels: Readonly<Record<string, LabelTargetJson>>;
  /** Rate once certified; `coldHoldoutRate` until then, `recoveryHoldoutRate` after an alarm. */
  readonly holdoutRate: number;
  readonly coldHoldoutRate: number;
  readonly recoveryHoldoutRate: number;
  readonly exploreRate: number;
  /** Checks of the teacher against itself, a holdout row. */
  readonly reaskRate: number;
}

/** `PATCH /v1/tasks/{task}/policy`: what is absent stays as it is. */
export type PolicyPatchJson = {
  readonly [
    Name in Exclude<keyof PolicyJson, 'coldHoldoutRate' | 'recoveryHoldoutRate'>
  ]?: PolicyJson[Name];
};

/** How the teacher's budget stands. */
export interface BudgetJson {
  /** `calls`: rows that the teacher labels. */
  readonly unit: 'calls' | 'usd';
  readonly perHour: number;
  /** Rows on their way to the teacher included. */
  readonly spentLastHour: number;
}
