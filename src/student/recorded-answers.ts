import { z } from 'zod';
import { InvalidBundleError } from '../errors.js';
import { parseJson } from '../files/parse-json.js';
import { schemaProblemsOf } from '../files/schema-problems.js';
import type { Bundle } from '../registry/read-bundle.js';
import { jsonOfInput } from '../task/input-json.js';
import type { Input } from '../task/task.js';
import type { Student } from './student.js';

/** An input with the logits that the model gave for it when the bundle was made. */
export interface RecordedAnswer {
  readonly input: Input;
  readonly logits: readonly number[];
}

/** Other processors and providers round otherwise; a damaged model is off by more. */
const toleranceShare = 0.01;

const recordedSchema = z.object({
  rows: z
    .array(z.object({ input: z.base64(), logits: z.array(z.number()).min(2) }))
    .min(1)
    .max(256),
});

/** The file's content, for a bundle's `recorded`. */
export const recordedJson = (rows: readonly RecordedAnswer[]): string =>
  JSON.stringify({
    rows: rows.map(({ input, logits }) => ({
      input: Buffer.from(input).toString('base64'),
      logits,
    })),
  });

/**
 * Reads a bundle's recorded inputs and answers.
 *
 * @returns none when the bundle has none.
 * @throws {InvalidBundleError} when the file is not what it should be.
 */
export function recordedAnswersOf({ manifest, files }: Bundle): readonly RecordedAnswer[] {
  if (manifest.recorded === null) return [];
  const bytes = files.get(manifest.recorded);
  const parsed = recordedSchema.safeParse(jsonOf(manifest.recorded, bytes));
  if (!parsed.success)
    throw new InvalidBundleError(
      `${manifest.recorded} has problems:\n- ${schemaProblemsOf(parsed.error).join('\n- ')}`,
      { file: manifest.recorded },
    );
  return parsed.data.rows.map(({ input: base64, logits }, row) => {
    const input = Buffer.from(base64, 'base64');
    try {
      jsonOfInput(input, manifest.input);
    } catch (cause) {
      const message = `${manifest.recorded}, row ${row}: ${(cause as Error).message}`;
      throw new InvalidBundleError(message, { row }, { cause });
    }
    return { input, logits };
  });
}

/**
 * Has a loaded model answer its recorded inputs again.
 *
 * @throws {InvalidBundleError} naming the first answer that differs by more than rounding.
 */
export async function checkRecordedAnswers(
  student: Student,
  recorded: readonly RecordedAnswer[],
): Promise<void> {
  if (recorded.length === 0) return;
  const answers = await student.predict(recorded.map(({ input }) => input));
  recorded.forEach(({ logits }, row) => {
    const got = answers[row]!;
    if (got.length !== logits.length)
      throw new InvalidBundleError(
        `${student.version} gives ${got.length} scores, and row ${row} of its recorded answers ` +
          `has ${logits.length}. Make the bundle again.`,
        { version: student.version, row },
      );
    const size = Math.max(1, ...logits.map(Math.abs));
    const differs = logits.findIndex(
      (expected, k) => !(Math.abs(expected - got[k]!) <= toleranceShare * size),
    );
    if (differs < 0) return;
    throw new InvalidBundleError(
      `${student.version} does not give its recorded answers again: row ${row}, class ` +
        `${differs}: expected ${logits[differs]}, got ${got[differs]}. The file or its ` +
        'preprocessing has changed, or this machine computes otherwise. Make the bundle again.',
      { version: student.version, row },
    );
  });
}

function jsonOf(file: string, bytes: Uint8Array = new Uint8Array()): unknown {
  try {
    return parseJson(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    const message = `${file} is not JSON: ${(cause as Error).message}.`;
    throw new InvalidBundleError(message, { file }, { cause });
  }
}
