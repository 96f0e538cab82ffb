import type {
  CompressionJson,
  DatasetReportJson,
  GateJson,
  IntervalJson,
  RunJson,
} from './api-types.js';
import type { TrainingJson } from './api-types-training.js';

/**
 * `GET /v1/tasks/{task}/distillations/{run}/evaluation` is the page of a run that has ended
 * (Markdown), `.../evaluation/{file}` one of its files: `risk.svg`, `evaluation.json` and so on.
 * `GET .../students/{version}/evaluation` is that of the run which has made a version.
 */

/** What an evaluation found out about a student, on rows that it was never trained on. */
export interface EvaluationDetailsJson {
  readonly task: string;
  /** Classes are indices into them. */
  readonly labels: readonly string[];
  /** Share of the student's answers that may differ from the teacher's. */
  readonly riskMax: number;
  /** Chance that one of the intervals misses the truth. */
  readonly intervalDelta: number;
  readonly rows: EvaluatedRowsJson;
  readonly student: ModelDetailsJson;
  /** The one that it is compared with, on the same rows; null: there is none. */
  readonly other: ModelDetailsJson | null;
  /** On holdout rows; null where there is nobody to compare with, or a model is not finite. */
  readonly agreement: PairedJson | null;
  /** On golden rows. */
  readonly accuracy: PairedJson | null;
}

/** The rows behind an evaluation; equal inputs count once. */
export interface EvaluatedRowsJson {
  /** Holdout rows that choose between students: they train and certify nothing. */
  readonly holdout: number;
  /** First and last of them, ms since the epoch; null without any. */
  readonly timeSpanMs: { readonly first: number; readonly last: number } | null;
  /** Golden rows, labelled by people, that are in no dataset. */
  readonly golden: number;
  /** Golden rows that are left out, because a row to train on is equal to them. */
  readonly goldenTrainedOn: number;
}

export interface ModelDetailsJson {
  readonly version: string;
  readonly architecture: string;
  readonly modelBytes: number;
  /** 99th percentile of a run of one row, ms. */
  readonly runMsP99: number;
  /** Null for a model that was made elsewhere. */
  readonly lineage: {
    readonly trainer: string;
    readonly seed: number;
    readonly rows: number;
    readonly snapshotSha256: string;
    readonly teacherVersion: string | null;
    readonly parent: string | null;
    readonly command: string;
    readonly durationMs: number;
  } | null;
  /** Null where it gives NaN or infinity: there is nothing to count. */
  readonly answers: ModelAnswersJson | null;
}

export interface ModelAnswersJson {
  /** Share of holdout rows with the teacher's label; null without such rows. */
  readonly agreement: IntervalJson | null;
  /** Share of golden rows that it has right; null without such rows. */
  readonly accuracy: IntervalJson | null;
  /** Largest share of the holdout rows, surest first, of which at most `riskMax` differ. */
  readonly coverage: number;
  /** Surest first, at most 50 points. */
  readonly riskCurve: readonly RiskPointJson[];
  /** Logits are divided by it. */
  readonly temperature: number;
  /** Of its top probability, before and after that; null without holdout rows. */
  readonly calibration: {
    readonly before: ReliabilityJson;
    readonly after: ReliabilityJson;
  } | null;
  /** [classes] */
  readonly classes: readonly ClassJson[];
  /** Pairs that occur, the most frequent first. */
  readonly confusions: readonly ConfusionJson[];
}

export interface RiskPointJson {
  readonly threshold: number;
  /** Share of the rows that the student would answer. */
  readonly coverage: number;
  /** Share of those that differ from the teacher's. */
  readonly risk: IntervalJson;
}

export interface ReliabilityJson {
  /** Expected calibration error, in 15 bins of equal width and of equal mass. */
  readonly error: { readonly equalWidth: number; readonly equalMass: number };
  /** Bins that hold a row; the rows are those of `agreement`. */
  readonly bins: readonly {
    readonly from: number;
    readonly to: number;
    /** Mean of the bin. */
    readonly confidence: number;
    readonly agreement: IntervalJson;
  }[];
}

export interface ClassJson {
  readonly label: number;
  /** Agreement on the rows that the teacher calls so. */
  readonly recall: IntervalJson;
  /** Agreement on the rows that the student calls so. */
  readonly precision: IntervalJson;
}

/** Holdout rows that the teacher calls one thing, and the student another. */
export interface ConfusionJson {
  readonly teacher: number;
  readonly student: number;
  readonly rows: number;
}

/** Student and another one on the same rows: see `routing/paired-difference.ts`. */
export interface PairedJson {
  readonly rows: number;
  /** Rows that only the student, and only the other one has right. */
  readonly gained: number;
  readonly lost: number;
  /** Of the shares that both have right, student less other, with its score interval (Tango). */
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  /** Two-sided exact McNemar test: chance of a split as uneven if both were equally good. */
  readonly p: number;
}

/** Losses of a training as it went on, 60 points at most. */
export interface LossCurveJson {
  readonly points: readonly LossPointJson[];
}

export interface LossPointJson {
  /** Steps done. */
  readonly step: number;
  /** Mean over the steps since the point before. */
  readonly loss: number;
  /** The newest one of these steps; null: nobody has looked. */
  readonly validationLoss: number | null;
}

/**
 * Everything that an evaluation page says: `evaluation.json`, beside `evaluation.md`. What was not
 * come to, because the run ended before, is null.
 */
export interface EvaluationPageJson {
  readonly format: 'understudy-evaluation/1';
  readonly task: string;
  /** Of the program that made it: `0.1.0`, and the commit where it is known. */
  readonly codeVersion: string;
  readonly madeAtMs: number;
  /** Null: two versions were compared by `understudy evaluate`. */
  readonly run: {
    readonly id: string;
    readonly state: Exclude<RunJson['state'], 'running'>;
    readonly trigger: string;
    readonly startedAtMs: number;
    readonly endedAtMs: number;
    /** `embedded`, or the command that trains. */
    readonly trainer: string;
    readonly reasons: readonly string[];
  } | null;
  readonly gates: readonly GateJson[];
  readonly dataset: DatasetReportJson | null;
  readonly snapshot: SnapshotJson | null;
  readonly training: TrainingJson | null;
  readonly curve: LossCurveJson | null;
  /** Null where the student was trained: it is no other one's weights in 8 bits. */
  readonly compression: CompressionJson | null;
  readonly details: EvaluationDetailsJson | null;
}

/** The dataset that a run learnt from. */
export interface SnapshotJson {
  /** SHA-256 (hex) of its manifest, which holds those of its files. */
  readonly sha256: string;
  readonly seed: number;
  readonly teacher: { readonly name: string; readonly version: string };
  readonly trainRows: number;
  readonly validationRows: number;
  /** First and last of its captured rows, ms since the epoch; null without any. */
  readonly timeSpanMs: { readonly first: number; readonly last: number } | null;
}
