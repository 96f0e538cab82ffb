import type { Calibration } from '../routing/rate-logits.js';
import type { PreprocessSpec } from '../preprocess/preprocess-spec.js';
import type { InputSpec } from '../task/task.js';

/** Format tag of every bundle manifest; a new major number breaks readers. */
export const bundleFormat = 'understudy-bundle/1';

/** How a bundle came to be: enough to make it again, and to say whose rows it saw. */
export interface Lineage {
  /**
   * `embedded`: made from scratch here; `continued`: a brought one, trained further here; or the
   * external command that trained it.
   */
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
  /** The embedded trainer's settings, by which the next run finds them. */
  readonly settings?: string | undefined;
  /** Training rows of the latest search behind the settings; null or absent: none. */
  readonly searchedRows?: number | null | undefined;
}

/** How a version was made of another one, whose weights it has in 8 bits. */
export interface Compression {
  readonly kind: 'int8';
  /** That version, and the SHA-256 (hex) of its model. */
  readonly of: string;
  readonly ofSha256: string;
  /** Products that are computed in 8 bits. */
  readonly products: number;
  /** Tables, convolutions and small products whose weights are kept in 8 bits. */
  readonly kept: number;
}

/** A file of a bundle, with what its bytes must be. */
export interface BundleFile {
  /** File name inside the bundle directory. */
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
}

/**
 * `manifest.json` of a bundle directory: one immutable model version on disk. What a hand-written
 * manifest leaves out is filled in when it is read (`bundle-schema.ts` has the defaults).
 */
export interface BundleManifest {
  readonly format: typeof bundleFormat;
  /** `v<number>-<first 8 hex digits of the model's SHA-256>`, for example `v2-1f9a03c2`. */
  readonly version: string;
  readonly task: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly model: BundleFile & {
    /** The input that an image goes into; null where the model has only one. */
    readonly inputName: string | null;
    /** The output with the scores; null where only one can be meant. */
    readonly outputName: string | null;
    readonly parameters: number | null;
    /** Multiply-adds of one row's forward pass; null where nobody has counted. */
    readonly multiplyAdds: number | null;
    /** One line for people, for example `MLP 784-64-10`. */
    readonly architecture: string;
  };
  readonly labels: readonly string[];
  readonly input: InputSpec;
  readonly preprocess: PreprocessSpec;
  readonly output: { readonly kind: 'logits' | 'probabilities' };
  /** Other files of the bundle: a tokenizer, recorded answers. */
  readonly files: readonly BundleFile[];
  /** The one of them with recorded inputs and answers (`recorded-answers.ts`), or null. */
  readonly recorded: string | null;
  readonly calibration: Calibration;
  /** Null for a model that was made elsewhere. */
  readonly lineage: Lineage | null;
  /** How its weights were made smaller after training; null or absent: they were not. */
  readonly compression?: Compression | null | undefined;
  /** Licence of the weights and of the data they were made from; null where it is not said. */
  readonly licence: { readonly weights: string; readonly data: string } | null;
}
