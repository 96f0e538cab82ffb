import { openaiTeacherSchema } from '../../src/config/openai-teacher-schema.js';
import type { OpenaiOptions } from '../../src/teacher/openai/openai-options.js';

/** Options of an `openai` teacher as a task file gives them, with what it leaves out filled in. */
export function openaiOptions(
  given: Readonly<Record<string, unknown>>,
  apiKey: string | null = null,
): OpenaiOptions {
  const file = {
    ...{ kind: 'openai', name: 'llm', costPerRowUsd: 0.004, model: 'small' },
    instructions: 'Say what mood the text is in.',
    ...given,
  };
  return { ...openaiTeacherSchema.parse(file), apiKey };
}
