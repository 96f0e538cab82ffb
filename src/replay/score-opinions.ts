import { join } from 'node:path';
import { openModel } from '../demo/open-model.js';
import { rateLogits } from '../routing/rate-logits.js';
import type { Input } from '../task/task.js';
import type { StudentOpinion } from './replayed-row.js';

/**
 * Asks each student version, apart from the gateway, what it thinks of the rows that came while it
 * served. The gateway tells the student's label only where the student answers.
 *
 * @param studentsDir  bundles by their versions' names.
 * @returns [rows]     null where no student served.
 */
export async function opinionsOf(asked: {
  readonly studentsDir: string;
  readonly inputs: readonly Input[];
  readonly versions: readonly (string | null)[];
}): Promise<readonly (StudentOpinion | null)[]> {
  const { studentsDir, inputs, versions } = asked;
  const opinions = new Array<StudentOpinion | null>(inputs.length).fill(null);
  for (const version of new Set(versions)) {
    if (version === null) continue;
    const rows = versions.flatMap((served, index) => (served === version ? [index] : []));
    const model = await openModel(join(studentsDir, version));
    try {
      const logits = await model.score(rows.map((index) => inputs[index]!));
      const { calibration } = model.manifest;
      rows.forEach((row, index) => (opinions[row] = rateLogits(logits[index]!, calibration)));
    } finally {
      await model.close();
    }
  }
  return opinions;
}
