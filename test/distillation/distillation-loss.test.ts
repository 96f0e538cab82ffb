import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gradients } from '../../src/distillation/autodiff/gradients.js';
import { distillationLoss } from '../../src/distillation/distillation-loss.js';
import { Graph } from '../../src/onnx/graph.js';
import { assertNearAll } from '../support/assert-near-all.js';
import { readFixture } from '../support/read-fixture.js';
import { runGraph } from '../support/run-graph.js';

interface LossCase {
  readonly alpha: number;
  readonly temperature: number;
  readonly soft: readonly number[];
  readonly entropyTerm: number;
  readonly loss: number;
  readonly gradient: readonly number[];
}

/** fixtures/distillation-loss-oracle.py: 3 rows of 4 classes. */
const oracle = readFixture('distillation/fixtures/distillation-loss.json') as {
  readonly student: readonly number[];
  readonly teacher: readonly number[];
  readonly hard: readonly number[];
  readonly weights: readonly number[];
  readonly cases: readonly LossCase[];
};

interface Numbers {
  readonly logits: readonly number[];
  readonly soft: readonly number[];
  readonly hard?: readonly number[];
  readonly weights?: readonly number[];
  readonly alpha: number;
  readonly temperature: number;
}

/** The loss of rows of 4 classes, and its gradient by the logits. */
async function lossOf(numbers: Numbers): Promise<{ loss: number; gradient: Float32Array }> {
  const { logits, soft, alpha, temperature } = numbers;
  const hard = numbers.hard ?? oracle.hard;
  const weights = numbers.weights ?? oracle.weights;
  const graph = new Graph();
  const shape = [weights.length, 4];
  const inputs = {
    logits: graph.input('logits', shape),
    soft: graph.input('soft', shape),
    hard: graph.input('hard', shape),
    rowWeights: graph.input('rowWeights', [weights.length]),
  };
  const loss = distillationLoss(graph, inputs.logits, { ...inputs, alpha, temperature });
  graph.output('loss', loss);
  graph.output('gradient', gradients(graph, loss, [inputs.logits])[0]!);
  const feeds = { logits, soft, hard, rowWeights: weights };
  const arrays = Object.entries(feeds).map(
    ([name, own]) => [name, Float32Array.from(own)] as const,
  );
  const outputs = await runGraph(graph, Object.fromEntries(arrays));
  return { loss: outputs['loss']![0]!, gradient: outputs['gradient']! };
}

const softened = (logits: readonly number[], temperature: number): number[] => {
  const rows = [0, 4, 8].map((start) => logits.slice(start, start + 4));
  return rows.flatMap((row) => {
    const powers = row.map((logit) => Math.exp(logit / temperature));
    const total = powers.reduce((sum, power) => sum + power, 0);
    return powers.map((power) => power / total);
  });
};
const norm = (vector: Float32Array): number => Math.hypot(...vector);

describe('the distillation loss', () => {
  for (const numbers of oracle.cases) {
    const at = `alpha ${numbers.alpha}, T ${numbers.temperature}`;
    it(`has the value and gradient of its definition at ${at}`, async () => {
      const { loss, gradient } = await lossOf({ ...numbers, logits: oracle.student });

      // It is the definition plus the entropy of the soft targets, which no weight changes.
      assertNearAll([loss], [numbers.loss + numbers.entropyTerm], 2e-6);
      assertNearAll(gradient, numbers.gradient, 2e-6);
    });
  }

  for (const temperature of [1, 3, 10]) {
    it(`pulls nowhere between equal logits, at T ${temperature}`, async () => {
      const soft = softened(oracle.student, temperature);

      const { gradient } = await lossOf({ logits: oracle.student, soft, alpha: 1, temperature });

      assertNearAll(gradient, new Float32Array(12), 1e-6);
    });
  }

  it('pulls about as hard at T 8 as at T 1, by its factor T^2', async () => {
    const norms = await Promise.all(
      [1, 8].map(async (temperature) => {
        const soft = softened(oracle.teacher, temperature);
        const asked = { logits: oracle.student, soft, alpha: 1, temperature };
        return norm((await lossOf(asked)).gradient);
      }),
    );

    const ratio = norms[1]! / norms[0]!;
    assert.ok(ratio > 0.5 && ratio < 2, `ratio ${ratio}`); // Without the factor: 1/64 of that.
  });

  it('becomes the matching of centred logits when T grows', async () => {
    const temperature = 300;
    const soft = softened(oracle.teacher, temperature);

    const { gradient } = await lossOf({ logits: oracle.student, soft, alpha: 1, temperature });

    // Hinton et al. 2015, eq. 4: w (v - u) / classes, each row centred at 0.
    const differences = oracle.student.map((logit, k) => logit - oracle.teacher[k]!);
    const matching = differences.map((difference, k) => {
      const row = Math.floor(k / 4);
      const own = differences.slice(4 * row, 4 * row + 4);
      const mean = own.reduce((sum, other) => sum + other, 0) / 4;
      return (oracle.weights[row]! * (difference - mean)) / 4;
    });
    assertNearAll(gradient, matching, 0.005);
  });

  it('takes no notice of a row of weight 0', async () => {
    const numbers = oracle.cases[2]!;
    const [weight, , other] = oracle.weights as [number, number, number];
    const changed = oracle.student.map((logit, k) => (k >= 4 && k < 8 ? logit + k : logit));
    const ask = (logits: readonly number[]) =>
      lossOf({ ...numbers, logits, weights: [weight, 0, other] });

    const [one, two] = [await ask(oracle.student), await ask(changed)];

    assert.equal(one.loss, two.loss);
    assert.deepEqual(one.gradient.slice(4, 8), new Float32Array(4));
    assert.deepEqual(one.gradient, two.gradient);
  });
});
