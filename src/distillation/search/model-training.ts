import type { TrainingJson } from '../../http/api-types-training.js';
import type { Bundle } from '../../registry/read-bundle.js';
import type { DatasetRow } from '../dataset.js';
import type { TrainerStep } from '../embedded-trainer.js';
import type { StudentModel } from '../student-model.js';
import type { ParentTraining, SearchPlan } from './plan-search.js';
import type { SearchBudget, Trial } from './search-student.js';

/** The student that serves, if it was made here. */
export interface ParentModel extends ParentTraining {
  /** ONNX bytes. */
  readonly model: Uint8Array;
  /** Of its bundle, by name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/**
 * Reads what the student that serves says of its training. One that another trainer has made, or
 * before settings were written down, says nothing.
 */
export function parentModelOf(
  { manifest, model, files }: Bundle,
  trainer: string,
): ParentModel | null {
  const { lineage, version } = manifest;
  if (lineage?.trainer !== trainer) return null;
  const { settings = '', searchedRows = null } = lineage;
  return { version, settings, searchedRows, model, files };
}

/** What a student is made of. */
export interface ModelTraining {
  readonly train: readonly DatasetRow[];
  readonly validation: readonly DatasetRow[];
  readonly seed: number;
  readonly parent: ParentModel | null;
  readonly budget: SearchBudget;
  /** Bytes of a student that can pass; absent: any number. */
  readonly modelBytesMax?: number;
  /** Called as a trial of a plan starts. @returns what is told each of its steps. */
  readonly onTrial: (
    trial: Pick<Trial<unknown>, 'settings' | 'work' | 'share'>,
    of: Pick<SearchPlan<unknown>, 'isSearched' | 'candidates'>,
  ) => (step: TrainerStep) => void;
  /** Milliseconds, from any moment on. */
  readonly now: () => number;
}

export interface TrainedModel {
  readonly model: StudentModel;
  readonly training: TrainingJson;
}
