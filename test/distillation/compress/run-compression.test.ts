import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { CapturedRow } from '../../../src/capture/capture.js';
import {
  compressBundle,
  type CompressedBundle,
} from '../../../src/distillation/compress/compress-bundle.js';
import {
  runCompression,
  type CompressionParts,
} from '../../../src/distillation/compress/run-compression.js';
import type { RunResult } from '../../../src/distillation/run-distillation.js';
import { repositoryRoot } from '../../../src/files/repository-root.js';
import { decodeModel, encodeWith, graphOf } from '../../../src/onnx/decoded-model.js';
import { readBundle, readManifest } from '../../../src/registry/read-bundle.js';
import { openRegistry } from '../../../src/registry/registry.js';
import { readLabelledInputs } from '../../../src/task/labelled-inputs.js';
import type { TaskSpec } from '../../../src/task/task.js';
import { MemoryCapture } from '../../fakes/memory-capture.js';
import { capturedRow } from '../../support/captured-row.js';
import { distillationJob } from '../../support/distillation-job.js';
import { seededDraw } from '../../support/seeded-draw.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

/* The built-in student, 784-128-10, on real digits; their true labels stand for the teacher's. */

const digitsDir = join(repositoryRoot(), 'models', 'digits');
const studentDir = join(digitsDir, 'student');
const task: TaskSpec = {
  name: 'digits',
  title: 'Digits',
  input: { kind: 'image', width: 28, height: 28, channels: 1 },
  labels: Array.from('0123456789'),
};
const directory = temporaryDirectory();
const goldenRows = await readLabelledInputs(join(digitsDir, 'data', 'golden.parquet'), task);
const testRows = await readLabelledInputs(join(digitsDir, 'data', 'test.parquet'), task);

const heldOut = (count: number): CapturedRow[] =>
  testRows.slice(0, count).map(({ input, label }, index) =>
    capturedRow({
      id: `row-${index}`,
      task: task.name,
      input,
      inputHash: createHash('sha256').update(input).digest('hex').slice(0, 32),
      teacherLabel: label,
      teacherVersion: 'v0-teacher',
      isHoldout: true,
    }),
  );

async function run(
  changes: Partial<CompressionParts> & { readonly rows?: number; readonly incumbentDir?: string },
): Promise<RunResult> {
  const { rows = 900, incumbentDir = studentDir, ...parts } = changes;
  const capture = new MemoryCapture();
  await capture.append(heldOut(rows));
  return runCompression({
    job: distillationJob(directory, { task, parentBundleDir: incumbentDir }),
    capture,
    seedRows: [],
    goldenRows,
    draw: seededDraw(1),
    onProgress: () => {},
    sourceDir: studentDir,
    compress: compressBundle,
    ...parts,
  });
}

function judged(result: RunResult): Extract<RunResult, { kind: 'judged' }> {
  assert.equal(result.kind, 'judged');
  return result;
}

const failedOf = (result: RunResult): string[] =>
  judged(result)
    .evaluation.gates.filter(({ isPassed }) => !isPassed)
    .map(({ name }) => name);

/** A compression that goes wrong: its scales, or its weights in bytes, are other ones. */
const spoilt =
  (change: (weights: Uint8Array, name: string) => void): CompressionParts['compress'] =>
  async (sourceDir, outDir) => {
    const made = await compressBundle(sourceDir, outDir);
    const path = join(outDir, 'model.onnx');
    const model = decodeModel(await readFile(path));
    for (const { name, rawData } of graphOf(model).initializer) change(rawData, name);
    const bytes = encodeWith(model, graphOf(model));
    await writeFile(path, bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const { manifest } = made!;
    const written = { ...manifest, model: { ...manifest.model, sha256, bytes: bytes.byteLength } };
    await writeFile(join(outDir, 'manifest.json'), JSON.stringify(written));
    return made;
  };

describe('a compression', () => {
  it('makes a version a quarter the size that answers alike, and passes every gate', async () => {
    const result = judged(await run({}));

    const { evaluation, isAccepted, candidateDir } = result;
    assert.equal(isAccepted, true, JSON.stringify(evaluation.gates));
    const { of, bytes, rows, sameLabel, probabilityGap } = evaluation.compression!;
    const source = await readManifest(studentDir);
    assert.equal(of, source.version);
    assert.equal(bytes.before, 407_531);
    assert.ok(bytes.after < 0.28 * bytes.before, `${bytes.after} bytes`);
    assert.ok(rows > 600 && sameLabel > 0.99, `${sameLabel} of ${rows}`);
    assert.ok(probabilityGap > 0 && probabilityGap < 0.05, String(probabilityGap));
    assert.ok(evaluation.gates.some(({ name }) => name === 'speed'));
    const { manifest } = await readBundle(candidateDir);
    assert.equal(manifest.model.architecture, 'MLP 784-128-10, int8');
    assert.equal(evaluation.temperature, source.calibration.temperature);
    assert.deepEqual(manifest.lineage, source.lineage);
    assert.deepEqual(manifest.compression, {
      kind: 'int8',
      of: source.version,
      ofSha256: source.model.sha256,
      products: 1,
      kept: 1,
    });
  });

  it('is a version whose parent is the one that it was made of', async () => {
    const registry = await openRegistry({ dir: join(directory, 'registry'), now: () => 0 });
    const { candidateDir, evaluation } = judged(await run({}));
    const { temperature } = evaluation;

    const options = { temperature, evaluation, isRejected: false };
    const { version } = await registry.add(candidateDir, options);

    const student = await registry.promote(version);
    assert.equal(student.parent, (await readManifest(studentDir)).version);
    assert.equal(student.trainingRows, 300); // Those of the weights.
  });

  it('is rejected when its weights have become others', async () => {
    const result = await run({
      compress: spoilt((weights, name) => {
        if (name.endsWith('/bytes')) weights.reverse();
      }),
    });

    assert.deepEqual(failedOf(result), ['coverage', 'agreement', 'golden']);
    assert.equal(judged(result).isAccepted, false);
  });

  it('is rejected when it gives no numbers', async () => {
    const result = await run({
      compress: spoilt((weights, name) => {
        if (name.endsWith('/scales')) weights.fill(0xff); // NaN
      }),
    });

    assert.ok(failedOf(result).includes('outputs-finite'), failedOf(result).join());
    assert.equal(judged(result).evaluation.compression!.probabilityGap, 1);
  });

  it('is rejected when its runs take much longer', async () => {
    const result = await run({
      // The teacher, a network of convolutions, in the place of a student of one layer.
      async compress(sourceDir, outDir) {
        await cp(join(digitsDir, 'teacher'), outDir, { recursive: true });
        const source = await readManifest(sourceDir);
        return { source, manifest: await readManifest(outDir) } satisfies CompressedBundle;
      },
    });

    // Its size is over this job's limit, too.
    assert.deepEqual(failedOf(result), ['size', 'speed']);
    const { reason } = judged(result).evaluation.gates.at(-1)!;
    assert.match(reason, /^A one-row run takes [\d.]+ ms, in floats [\d.]+ ms; allowed 1\.5 times/);
  });

  it('is skipped while there are too few rows to judge by', async () => {
    const result = await run({
      rows: 30,
      compress: () => Promise.reject(new Error('not implemented')),
    });

    assert.equal(result.kind, 'too-early');
    assert.match(result.reasons[0]!, /^Only \d+ holdout rows are there .* needs 20: send more/);
  });

  it('is skipped for a version that is in 8 bits already', async () => {
    const { candidateDir } = judged(await run({}));

    const again = await run({ sourceDir: candidateDir });

    assert.equal(again.kind, 'too-early');
    assert.match(again.reasons[0]!, /^Nothing in this model can be made smaller/);
  });
});
