import { oipTeacherSchema } from '../../src/config/oip-teacher-schema.js';
import type { OipOptions } from '../../src/teacher/oip/oip-options.js';

/** Options of an `oip` teacher as a task file gives them, with what it leaves out filled in. */
export function oipOptions(
  given: Readonly<Record<string, unknown>>,
  apiKey: string | null = null,
): OipOptions {
  const file = {
    ...{ kind: 'oip', name: 'served', costPerRowUsd: 0.002, model: 'squares' },
    ...{ output: { holds: 'probabilities' } },
    ...given,
  };
  return { ...oipTeacherSchema.parse(file), apiKey };
}
