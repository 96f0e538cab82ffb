import type { TaskSpec } from '../../task/task.js';
import { encodeText } from '../../task/text-codec.js';
import type { OipOptions } from '../../teacher/oip/oip-options.js';
import { openOipTeacher } from '../../teacher/oip/oip-teacher.js';

/** A teacher that is asked apart from the gateway. */
export interface OipJudge {
  /** @returns a label of the task for each text. */
  readonly labelsOf: (texts: readonly string[]) => Promise<readonly string[]>;
  close(): Promise<void>;
}

/** It is asked about a whole phase at once: hundreds of sentences, ms. */
const timeoutMs = 120_000;

/**
 * Opens the teacher of a task of texts to judge answers by: the server that the gateway asks.
 *
 * @param now  ms since the epoch.
 * @throws {InvalidConfigError} when the model does not fit the task.
 */
export async function openOipJudge(
  spec: Pick<TaskSpec, 'input' | 'labels'>,
  options: Omit<OipOptions, 'apiKey'>,
  now: () => number,
): Promise<OipJudge> {
  const { teacher } = await openOipTeacher(spec, { ...options, apiKey: null, timeoutMs }, now);
  return {
    async labelsOf(texts) {
      const answers = await teacher.label(texts.map(encodeText));
      return answers.map(({ label }) => spec.labels[label]!);
    },
    close: () => teacher.close(),
  };
}
