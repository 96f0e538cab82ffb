import type { InputSpec } from '../task/task.js';

/** Format tag of every bundle manifest; a new major number breaks readers. */
export const bundleFormat = 'understudy-bundle/1';

/** How a bundle came to be: enough to make it again, and to say whose rows it saw. */
export interface Lineage {
  /** `embedded` or the external command that trained it. */
  readonly trainer: string;
  readonly seed: number;
  /** Training rows, validation rows not counted. */
  readonly rows: number;
  /** SHA-256 (hex) of the dataset snapshot's manifest. */
  readonly snapshotSha256: string;
  /** The teacher whose answers it learnt, or null for a teacher itself. */
  readonly teacherVersion: string | null;
  /** The version that served when it was made, or null for a first one. */
  readonly parent: string | null;
  /** The command in this repository that makes it again. */
  readonly command: string;
  readonly durationMs: number;
}

/** `manifest.json` of a bundle directory: one immutable model version on disk. */
export interface BundleManifest {
  readonly format: typeof bundleFormat;
  /** `v<number>-<first 8 hex digits of the model's SHA-256>`, for example `v2-1f9a03c2`. */
  readonly version: string;
  readonly task: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly model: {
    /** File name inside the bundle directory. */
    readonly file: string;
    readonly sha256: string;
    readonly bytes: number;
    /** Input tensor [batch, inputSize] float32. */
    readonly inputName: string;
    /** Output tensor [batch, classes] float32 logits. */
    readonly outputName: string;
    readonly parameters: number;
    /** Multiply-adds of one row's forward pass. */
    readonly multiplyAdds: number;
    /** One line for people, for example `MLP 784-64-10`. */
    readonly architecture: string;
  };
  readonly labels: readonly string[];
  readonly input: InputSpec;
  readonly calibration: { readonly temperature: number };
  readonly lineage: Lineage;
  /** Licence of the weights and of the data they were made from. */
  readonly licence: { readonly weights: string; readonly data: string };
}
