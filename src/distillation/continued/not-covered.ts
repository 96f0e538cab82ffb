import type { SourceModel } from './source-model.js';
import { UntrainableStudentError } from './untrainable-student-error.js';

/** @param uncovered  for people: operators and names of the nodes. */
export const notCovered = ({ nodes }: SourceModel, uncovered: readonly string[]) =>
  new UntrainableStudentError([
    `The student can not be trained further: ${uncovered.length} of its ${nodes.length} nodes ` +
      `are not covered: ${uncovered.join(', ')}.`,
  ]);
