import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seedRowOf } from '../../../src/distillation/dataset.js';
import { scoreNetwork } from '../../../src/distillation/score-network.js';
import { createNormalDraw } from '../../../src/distillation/seeded-draw.js';
import { vectorOfTensors } from '../../../src/distillation/tensors/tensor-vectors.js';
import { standardised } from '../../../src/distillation/vectors/standardise.js';
import { trainVectors } from '../../../src/distillation/vectors/train-vectors.js';
import { tensorRecipes } from '../../../src/distillation/vectors/vector-recipe.js';
import type { TensorInput } from '../../../src/task/task.js';
import { encodeTensors } from '../../../src/task/tensor-codec.js';
import { seededDraw } from '../../support/seeded-draw.js';

const features = 4;
const input: TensorInput = {
  kind: 'tensor',
  tensors: [{ name: 'x', dtype: 'float32', shape: [features] }],
};
type Vector = readonly number[];

/** The label of normal numbers is which side of a plane they are on. */
function drawRows(count: number, seed: number, change: (vector: Vector, row: number) => Vector) {
  const normal = createNormalDraw(seededDraw(seed));
  return Array.from({ length: count }, (_, row) => {
    const vector = Array.from({ length: features }, normal);
    const label = Number(vector[0]! + vector[1]! - vector[2]! > 0);
    const bytes = encodeTensors(
      [{ data: Float32Array.from(change(vector, row)), dims: [features] }],
      input,
    );
    return seedRowOf({ input: bytes, label, probabilities: null }, row);
  });
}

/** Share of other rows that a student gets right. */
async function accuracyOf(
  taught: (vector: Vector, row: number) => Vector,
  asked: (vector: Vector, row: number) => Vector,
): Promise<number> {
  const trained = await trainVectors(
    {
      ...{ train: drawRows(600, 1, taught), validation: drawRows(150, 2, asked), seed: 1 },
      ...{ parent: null, budget: { workMax: 0, secondsMax: 0 }, onTrial: () => () => {} },
      now: () => 0,
    },
    {
      classCount: 2,
      vectorOf: (bytes) => vectorOfTensors(bytes, input),
      recipes: tensorRecipes,
    },
  );
  const rows = drawRows(500, 3, asked);
  const scores = await scoreNetwork(
    trained.network,
    rows.map((row) => standardised(vectorOfTensors(row.input, input), trained.standard)),
  );
  const right = rows.filter(({ label }, row) => {
    const [no, yes] = scores[row]!;
    return Number(yes! > no!) === label;
  });
  return right.length / rows.length;
}

const asItIs = (vector: Vector): Vector => vector;
const heavy = (vector: Vector): Vector => vector.map((value) => Math.exp(2 * value));
const minus9999 = (vector: Vector, row: number): Vector =>
  vector.map((value, k) => (k === 3 || row % 20 !== k ? value : -9999));

describe('a student of numbers', () => {
  for (const extreme of [1e6, 3e38])
    it(`learns as well though one row has ${extreme} in each`, async () => {
      const one = (vector: Vector, row: number): Vector =>
        row === 300 ? vector.map(() => extreme) : vector;

      const accuracy = await accuracyOf(one, asItIs);

      assert.ok(accuracy > 0.95, `accuracy ${accuracy}`);
    });

  it('learns what it can where -9999 stands for none in 5 % of the rows', async () => {
    const accuracy = await accuracyOf(minus9999, minus9999);

    assert.ok(accuracy > 0.88, `accuracy ${accuracy}`); // 15 % of the rows lack what decides.
  });

  it('learns what lies in the tails of numbers that are log-normal', async () => {
    const accuracy = await accuracyOf(heavy, heavy);

    assert.ok(accuracy > 0.91, `accuracy ${accuracy}`);
  });
});
