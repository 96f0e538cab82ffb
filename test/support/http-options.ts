import { httpTeacherSchema } from '../../src/config/http-teacher-schema.js';
import type { HttpOptions } from '../../src/teacher/http/http-options.js';

/** Options of an `http` teacher as a task file gives them, with what it leaves out filled in. */
export function httpOptions(
  given: Readonly<Record<string, unknown>>,
  apiKey: string | null = null,
): HttpOptions {
  const file = { kind: 'http', name: 'endpoint', costPerRowUsd: 0.003, ...given };
  return { ...httpTeacherSchema.parse(file), apiKey };
}
