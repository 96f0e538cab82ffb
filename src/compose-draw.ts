import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Capture } from './capture/capture.js';
import type { Policy } from './config/policy-schema.js';
import type { TaskConfig } from './config/task-config.js';
import { InvalidConfigError } from './errors.js';
import { createJsonFile } from './files/json-file.js';
import type { KeptOut } from './serving/kept-out.js';

export const restoreOrStartAnew = 'Restore it from a backup, or start with another data directory.';

/** The draw hashes canonical bytes: whatever changes those of any input adds 1. */
const inputsVersion = 2;

const drawSchema = z.object({
  coldHoldoutRate: z.number().gt(0).max(1),
  /** Inputs from here on may have been trained on; absent: from `coldHoldoutRate` on. */
  keptOutShare: z.number().gt(0).max(1).exactOptional(),
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
 * An input below the cold holdout rate is kept out of training until a first certificate. Raised
 * later, under another key, or from other bytes, the draw would turn inputs that students were
 * trained on into evidence about those students.
 *
 * @returns what is kept out of training now.
 * @throws {InvalidConfigError} when rows were drawn otherwise, or nobody knows any more how.
 */
export async function keepDraw(
  { config, dir, capture, holdoutKey }: DrawParts,
  { coldHoldoutRate }: Policy,
): Promise<KeptOut> {
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
    if (coldHoldoutRate > known.coldHoldoutRate)
      throw new InvalidConfigError(
        `policy.coldHoldoutRate of ${config.name} is ${coldHoldoutRate} and was ` +
          `${known.coldHoldoutRate} when rows were captured: inputs between the two may have ` +
          'been trained on and cannot become holdout rows. Set it to at most ' +
          `${known.coldHoldoutRate}, or start with another data directory.`,
        { expected: `at most ${known.coldHoldoutRate}`, got: coldHoldoutRate },
      );
  }
  const keptOutShare = Math.min(coldHoldoutRate, known?.keptOutShare ?? 1);
  const draw = { coldHoldoutRate, keptOutShare, keySha256, inputs: inputsVersion };
  if (!isDeepStrictEqual(known, draw)) await file.write(draw);
  return createKeptOut(keptOutShare, (share) => file.write({ ...draw, keptOutShare: share }));
}

function createKeptOut(first: number, write: (share: number) => Promise<void>): KeptOut {
  let share = first;
  return {
    get share() {
      return share;
    },
    async lower(to) {
      if (to >= share) return;
      await write(to);
      share = Math.min(share, to);
    },
  };
}

const keptBy = (version = 1): string => (version < inputsVersion ? 'an older' : 'a newer');
