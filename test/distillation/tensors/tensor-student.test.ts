import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { seedRowOf } from '../../../src/distillation/dataset.js';
import { runDistillation } from '../../../src/distillation/run-distillation.js';
import { scoreNetwork } from '../../../src/distillation/score-network.js';
import { tensorModel } from '../../../src/distillation/tensors/tensor-model.js';
import { vectorOfTensors, whyNoVector } from '../../../src/distillation/tensors/tensor-vectors.js';
import { trainBundle } from '../../../src/distillation/train-bundle.js';
import { standardised } from '../../../src/distillation/vectors/standardise.js';
import { trainVectors } from '../../../src/distillation/vectors/train-vectors.js';
import { tensorRecipes } from '../../../src/distillation/vectors/vector-recipe.js';
import { openInlineRunner } from '../../../src/model/inline-runner.js';
import { readBundle } from '../../../src/registry/read-bundle.js';
import { checkBundle } from '../../../src/student/check-bundle.js';
import { float16BitsOf } from '../../../src/task/float16.js';
import type { LabelledInput } from '../../../src/task/labelled-inputs.js';
import type { TaskSpec, TensorInput, TensorSpec } from '../../../src/task/task.js';
import { encodeTensors } from '../../../src/task/tensor-codec.js';
import { MemoryCapture } from '../../fakes/memory-capture.js';
import { assertNearAll } from '../../support/assert-near-all.js';
import { capturedRow } from '../../support/captured-row.js';
import { distillationJob } from '../../support/distillation-job.js';
import { seededDraw } from '../../support/seeded-draw.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';
import { tensorSource } from '../../support/tensor-input.js';

const directory = temporaryDirectory();
/** What a meter has read: numbers of many types and sizes, with names that graphs use too. */
const input: TensorInput = {
  kind: 'tensor',
  tensors: [
    { name: 'logits', dtype: 'float32', shape: [2] },
    { name: 'seen', dtype: 'int64', shape: [] },
    { name: 'flags', dtype: 'bool', shape: [1, 3] },
    { name: 'parameter_0', dtype: 'float16', shape: [1] },
    { name: 'Cast_0', dtype: 'float64', shape: [2] },
  ],
};
const task: TaskSpec = { name: 'meters', title: 'Meters', input, labels: ['low', 'high', 'odd'] };

/** Odd where two flags are set; else high or low by the ratio of two numbers. */
function drawMeters(count: number, draw: () => number): LabelledInput[] {
  return Array.from({ length: count }, () => {
    const flags = Uint8Array.from({ length: 3 }, () => Number(draw() < 0.35));
    const pair = Float32Array.of(100 + 50 * draw(), 1e-3 * draw());
    const isHigh = (pair[0]! - 100) / 50 > pair[1]! / 1e-3;
    const bytes = encodeTensors(
      [
        { data: pair, dims: [2] },
        { data: BigInt64Array.of(BigInt(Math.floor(1e12 * draw()))), dims: [] },
        { data: flags, dims: [1, 3] },
        { data: Uint16Array.of(float16BitsOf(0.5)), dims: [1] },
        { data: Float64Array.of(draw(), -draw()), dims: [2] },
      ],
      input,
    );
    const label = flags[0]! + flags[1]! === 2 ? 2 : Number(isHigh);
    return { input: bytes, label, probabilities: null };
  });
}
const rows = (count: number, seed: number) => drawMeters(count, seededDraw(seed)).map(seedRowOf);

async function train(seed = 1) {
  return trainVectors(
    {
      ...{ train: rows(300, 1), validation: rows(100, 2), seed, parent: null },
      budget: { workMax: 0, secondsMax: 0 },
      onTrial: () => () => {},
      now: () => 0,
    },
    {
      classCount: task.labels.length,
      vectorOf: (bytes) => vectorOfTensors(bytes, input),
      recipes: tensorRecipes,
    },
  );
}

describe('a student of raw tensors', () => {
  it('sees the numbers of all tensors, one after the other', () => {
    const bytes = encodeTensors(
      [
        { data: Float32Array.of(1.5, -2), dims: [2] },
        { data: BigInt64Array.of(12_345_678_912n), dims: [] },
        { data: Uint8Array.of(1, 0, 1), dims: [1, 3] },
        { data: Uint16Array.of(0x3800), dims: [1] },
        { data: Float64Array.of(0.1, 1e300), dims: [2] },
      ],
      input,
    );

    // 12345678912 as the nearest float32; 1e300 has none; 0x3800 is 0.5 (IEEE 754, table 3.5).
    const expected = [1.5, -2, 12_345_678_848, 1, 0, 1, 0.5, Math.fround(0.1), Infinity];
    assert.deepEqual([...vectorOfTensors(bytes, input)], expected);
  });

  it('serves the scores of the network that was trained, with its statistics inside', async () => {
    const trained = await train();
    const { onnx, outputName } = tensorModel(trained, input);
    const source = tensorSource(onnx, input, { labels: task.labels });
    const model = { ...source.manifest.model, outputName: outputName! };
    const runner = await openInlineRunner({ ...source, manifest: { ...source.manifest, model } });
    const inputs = rows(50, 3).map((row) => row.input);
    const served = await runner.run(inputs);
    await runner.close();

    const vectors = inputs.map((bytes) =>
      standardised(vectorOfTensors(bytes, input), trained.standard),
    );
    const expected = await scoreNetwork(trained.network, vectors);
    expected.forEach((logits, row) => assertNearAll(served[row] as Float32Array, logits, 1e-5));
  });

  it('is the same for the same rows and seed', async () => {
    const [one, two, other] = await Promise.all([train(), train(), train(2)]);

    assert.deepEqual(tensorModel(one, input).onnx, tensorModel(two, input).onnx);
    assert.notDeepEqual(tensorModel(one, input).onnx, tensorModel(other, input).onnx);
  });

  it('comes out of a run, and passes its gates', async () => {
    const capture = new MemoryCapture();
    await capture.append(
      drawMeters(900, seededDraw(4)).map((row, index) =>
        capturedRow({
          ...{ id: `row-${index}`, task: task.name, createdMs: index + 1, input: row.input },
          inputHash: createHash('sha256').update(row.input).digest('hex').slice(0, 32),
          ...{ isHoldout: index >= 600, teacherLabel: row.label, teacherProbabilities: null },
          teacherVersion: 'v0-teacher',
        }),
      ),
    );
    const limits = { searchWork: 0 };
    const job = distillationJob(directory, { task, limits, target: { riskMax: 0.2, delta: 0.1 } });
    const result = await runDistillation({
      ...{ job, capture, train: trainBundle, seedRows: [], draw: seededDraw(1) },
      goldenRows: drawMeters(60, seededDraw(5)),
      onProgress: () => {},
    });

    assert.equal(result.kind, 'judged');
    const { evaluation, isAccepted, candidateDir } = result;
    assert.equal(isAccepted, true, JSON.stringify(evaluation.gates));
    assert.ok(evaluation.agreement.estimate > 0.9, `agreement ${evaluation.agreement.estimate}`);
    const { manifest } = await readBundle(candidateDir);
    assert.equal(manifest.model.architecture, 'MLP 9-128-3');
    assert.deepEqual(manifest.preprocess, { kind: 'tensor' });
    const { findings } = await checkBundle(candidateDir);
    assert.deepEqual(
      findings.filter(({ kind }) => kind === 'problem'),
      [],
    );
  });

  const refused: readonly (readonly [string, TensorSpec, RegExp])[] = [
    ['texts', { name: 'city', dtype: 'string', shape: [1] }, /numbers, and city holds texts$/],
    ['open axes', { name: 'ids', dtype: 'int64', shape: [null] }, /and ids has open axes$/],
    ['very many', { name: 'big', dtype: 'uint8', shape: [300, 300] }, /65536 .*has 90000$/],
  ];
  for (const [what, tensor, reason] of refused)
    it(`is not made of ${what}: the run says why`, async () => {
      const strange: TensorInput = { kind: 'tensor', tensors: [tensor] };
      const job = distillationJob(directory, { task: { ...task, input: strange } });
      const result = await runDistillation({
        ...{ job, capture: new MemoryCapture(), train: trainBundle, seedRows: [] },
        ...{ goldenRows: [], draw: seededDraw(1), onProgress: () => {} },
      });

      assert.match(whyNoVector(strange)!, reason);
      assert.equal(result.kind, 'untrainable');
      assert.match(result.reasons.join(), /can make no student: .* Bring one, and runs train it/);
    });
});
