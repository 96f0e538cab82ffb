import type { BeforeAfter, CompressionJson } from '../../http/api-types-compression.js';
import type { ModelRunner } from '../../model/model-runner.js';
import { readBundle } from '../../registry/read-bundle.js';
import { softmax } from '../../routing/confidence.js';
import { logitsOf, rateLogits, type Calibration } from '../../routing/rate-logits.js';
import type { Input } from '../../task/task.js';
import { scoreModel } from '../score-model.js';
import { withRunner } from '../scored-model.js';

const batchRows = 32;
const warmUpRuns = 5;
/** Of each of the two; fewer where they would take longer than `timedMsMax`, but for the least. */
const timedRunsMax = 200;
const timedRunsMin = 5;
const timedMsMax = 2_000;

/**
 * Holds a version in 8 bits against the one that it was made of: size, time and answers. Runs are
 * timed in turn, one of each, so that what disturbs the machine disturbs both.
 *
 * @param inputs  real ones, at least one; both answer all of them.
 * @throws {InvalidBundleError} when a bundle's files are not what its manifest says.
 * @throws {InvalidModelOutputError} when one of them can not answer.
 */
export async function compareBundles(
  { beforeDir, afterDir }: { readonly beforeDir: string; readonly afterDir: string },
  inputs: readonly Input[],
): Promise<CompressionJson> {
  const [before, after] = await Promise.all([readBundle(beforeDir), readBundle(afterDir)]);
  const compare = async (runners: Runners): Promise<CompressionJson> => {
    const scores = {
      before: await scoreModel(runners.before, inputs),
      after: await scoreModel(runners.after, inputs),
    };
    const batch = Array.from({ length: batchRows }, (_, row) => inputs[row % inputs.length]!);
    return {
      of: before.manifest.version,
      bytes: { before: before.manifest.model.bytes, after: after.manifest.model.bytes },
      runMs: await timeInTurn(runners, batch.slice(0, 1)),
      batchMs: { ...(await timeInTurn(runners, batch)), rows: batchRows },
      rows: inputs.length,
      ...compareScores(scores, before.manifest.calibration),
    };
  };
  return withRunner(before, (own) =>
    withRunner(after, (other) => compare({ before: own, after: other })),
  );
}

/** Both have the same calibration. A row that is no number is like nothing. */
function compareScores(
  scores: { readonly before: readonly Float32Array[]; readonly after: readonly Float32Array[] },
  calibration: Calibration,
): Pick<CompressionJson, 'sameLabel' | 'probabilityGap'> {
  let same = 0;
  let probabilityGap = 0;
  scores.before.forEach((own, row) => {
    const other = scores.after[row]!;
    if (![...own, ...other].every(Number.isFinite)) {
      probabilityGap = 1;
      return;
    }
    if (rateLogits(own, calibration).label === rateLogits(other, calibration).label) same++;
    const [p, q] = [own, other].map((row) =>
      softmax(logitsOf(row, calibration), calibration.temperature),
    );
    p!.forEach((value, label) => {
      probabilityGap = Math.max(probabilityGap, Math.abs(value - q![label]!));
    });
  });
  return { sameLabel: same / scores.before.length, probabilityGap };
}

type Runners = Readonly<Record<'before' | 'after', ModelRunner>>;

async function timeInTurn(runners: Runners, rows: readonly Input[]): Promise<BeforeAfter> {
  const times: Record<'before' | 'after', number[]> = { before: [], after: [] };
  const startedMs = performance.now();
  for (let run = -warmUpRuns; run < timedRunsMax; run++) {
    if (run >= timedRunsMin && performance.now() - startedMs > timedMsMax) break;
    for (const side of ['before', 'after'] as const) {
      const beganMs = performance.now();
      await runners[side].run(rows);
      if (run >= 0) times[side].push(performance.now() - beganMs);
    }
  }
  return { before: medianOf(times.before), after: medianOf(times.after) };
}

const medianOf = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
