import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { seedRowOf, writeSnapshot, type DatasetRow } from '../../../src/distillation/dataset.js';
import { evaluateCandidate } from '../../../src/distillation/evaluate-candidate.js';
import { scoreModel } from '../../../src/distillation/score-model.js';
import { trainBundle } from '../../../src/distillation/train-bundle.js';
import { openInlineRunner } from '../../../src/model/inline-runner.js';
import { readBundle } from '../../../src/registry/read-bundle.js';
import { rateLogits } from '../../../src/routing/rate-logits.js';
import type { Input, TaskSpec } from '../../../src/task/task.js';
import { encodeTensors } from '../../../src/task/tensor-codec.js';
import { drawLines, labelledInputOf, linesTask } from '../../support/lines-task.js';
import { seededDraw } from '../../support/seeded-draw.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const directory = temporaryDirectory();

interface Rows {
  readonly task: TaskSpec;
  readonly train: readonly DatasetRow[];
  readonly validation: readonly DatasetRow[];
}

/** Trains a student and fits its calibration. @returns the share of inputs it takes for strange. */
async function strangeShares(
  { task, train, validation }: Rows,
  kinds: Readonly<Record<string, readonly Input[]>>,
): Promise<Record<string, number>> {
  const snapshotDir = join(directory, task.name);
  mkdirSync(snapshotDir);
  const outDir = join(directory, `${task.name}-student`);
  const teacher = { name: 'teacher', version: 'v0-teacher' };
  const about = { task, teacher, seed: 1, shiftPixels: 0, timeSpanMs: null };
  await writeSnapshot(snapshotDir, { ...about, train, validation });
  await trainBundle({
    ...{ snapshotDir, outDir, parentBundleDir: null, seed: 1, isContinued: false },
    onProgress: () => {},
  });
  const { evaluation } = await evaluateCandidate({
    ...{ task, candidateDir: outDir, parentBundleDir: null, validation },
    target: { riskMax: 0.1, delta: 0.1 },
    limits: { outOfScopeShare: 0.02, runMsP99Max: 1000, modelBytesMax: 1e7 },
    ...{ choosingRows: [], goldenRows: [], isTrainedOn: [], draw: seededDraw(5) },
    onProgress: () => {},
  });
  const { temperature, score = 'top-probability', novelty } = evaluation;
  const runner = await openInlineRunner({ ...(await readBundle(outDir)), provider: 'cpu' });
  const shares: Record<string, number> = {};
  for (const [kind, inputs] of Object.entries(kinds)) {
    const ratings = (await scoreModel(runner, inputs)).map((row) =>
      rateLogits(row, { temperature, score, novelty }),
    );
    shares[kind] = ratings.filter(({ isOutOfScope }) => isOutOfScope).length / inputs.length;
  }
  await runner.close();
  return shares;
}

describe('a student that is made here', () => {
  it('of images takes noise and exchanged brightness for strange, and few others', async () => {
    const rows = (count: number, seed: number): DatasetRow[] =>
      drawLines(count, seededDraw(seed)).map(labelledInputOf).map(seedRowOf);
    const draw = seededDraw(9);
    const usual = rows(300, 3).map(({ input }) => input);

    const shares = await strangeShares(
      { task: linesTask, train: rows(400, 1), validation: rows(200, 2) },
      {
        usual,
        exchanged: usual.map((image) => image.map((byte) => 255 - byte)),
        noise: usual.map((image) => image.map(() => Math.floor(256 * draw()))),
      },
    );

    assert.ok(shares['usual']! < 0.1, JSON.stringify(shares));
    assert.deepEqual([shares['exchanged'], shares['noise']], [1, 1]);
  });

  it('of tensors takes numbers for strange that never come together', async () => {
    const task: TaskSpec = {
      ...{ name: 'pairs', title: 'Pairs' },
      input: { kind: 'tensor', tensors: [{ name: 'x', dtype: 'float32', shape: [4] }] },
      labels: ['low', 'high'],
    };
    const draw = seededDraw(4);
    const encoded = (numbers: readonly number[]): Input =>
      encodeTensors([{ data: Float32Array.from(numbers), dims: [4] }], task.input as never);
    /** The second number follows the first, the fourth the third. */
    const pair = (sign: number): { input: Input; label: number } => {
      const [a, b] = [2 * draw() - 1, 2 * draw() - 1];
      const noise = (): number => 0.1 * (draw() - 0.5);
      const input = encoded([a, sign * a + noise(), b, sign * b + noise()]);
      return { input, label: Number(a + b > 0) };
    };
    const rows = (count: number): DatasetRow[] =>
      Array.from({ length: count }, (_, k) => seedRowOf({ ...pair(1), probabilities: null }, k));
    const inputs = (sign: number): Input[] => Array.from({ length: 300 }, () => pair(sign).input);

    const shares = await strangeShares(
      { task, train: rows(400), validation: rows(200) },
      { usual: inputs(1), contrary: inputs(-1) },
    );

    assert.ok(shares['usual']! < 0.1, JSON.stringify(shares));
    assert.ok(shares['contrary']! > 0.6, JSON.stringify(shares));
  });
});
