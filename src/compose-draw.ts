import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Capture } from './capture/capture.js';
import type { TaskConfig } from './config/task-config.js';
import { InvalidConfigError } from './errors.js';
import { createJsonFile } from './files/json-file.js';

export const restoreOrStartAnew = 'Restore it from a backup, or start with another data directory.';

/** The draw hashes canonical bytes: whatever changes those of any input adds 1. */
const inputsVersion = 2;

const drawSchema = z.object({
  /** Which key the rows were drawn by. */
  keySha256: z.string(),
  /** How canonical bytes of inputs were made; absent before images had 8 bits a value. */
  inputs: z.number().optional(),
});

export interface DrawParts {
  readonly config: TaskConfig;
  /** This task's own directory. */
  readonly dir: string;
  readonly capture: Capture;
  readonly holdoutKey: Uint8Array;
}

/**
 * Under another key, or from other bytes, equal inputs would have other hashes, and the draw would
 * turn inputs that students were trained on into evidence about those students.
 *
 * @throws {InvalidConfigError} when rows were drawn otherwise, or nobody knows any more how.
 */
export async function keepDraw({ config, dir, capture, holdoutKey }: DrawParts): Promise<void> {
  const path = join(dir, 'draw.json');
  const file = createJsonFile(path, { advice: restoreOrStartAnew, schema: drawSchema });
  const known = await file.read();
  const keySha256 = createHash('sha256').update(holdoutKey).digest('hex');
  const { rows } = await capture.count(config.name);
  if (rows > 0) {
    if (known === null)
      throw new InvalidConfigError(
        `${path} is not there. It says how the rows were drawn. ${restoreOrStartAnew}`,
        { path },
      );
    if (known.keySha256 !== keySha256)
      throw new InvalidConfigError(
        `The rows of ${config.name} were drawn by another holdout.key: by this one, inputs that ` +
          `were trained on could become holdout rows. ${restoreOrStartAnew}`,
        { path },
      );
    if (known.inputs !== inputsVersion)
      throw new InvalidConfigError(
        `The rows of ${config.name} were drawn from inputs as ${keptBy(known.inputs)} version of ` +
          'this program kept them: the same input would be drawn anew, and one that was trained ' +
          'on could become a holdout row. Start with another data directory, or run that version.',
        { path },
      );
  }
  const draw = { keySha256, inputs: inputsVersion };
  if (!isDeepStrictEqual(known, draw)) await file.write(draw);
}

const keptBy = (version = 1): string => (version < inputsVersion ? 'an older' : 'a newer');
