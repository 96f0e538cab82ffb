import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createNormalDraw } from '../../../src/distillation/seeded-draw.js';
import { buildTransformer } from '../../../src/distillation/transformer/transformer-graph.js';
import { readConstants } from '../../../src/onnx/read-constants.js';
import { InferenceSession, Tensor } from '../../../src/onnx/runtime.js';
import { assertNearAll } from '../../support/assert-near-all.js';
import { seededDraw } from '../../support/seeded-draw.js';

const [width, heads, tokensMax] = [4, 2, 8];
const size = { layers: 2, width, heads, pieces: 10, tokensMax, classCount: 3 };
const model = buildTransformer(size, createNormalDraw(seededDraw(1)));

/** @returns [texts][classes]; a 0 among the ids is padding. */
async function score(texts: readonly (readonly number[])[]): Promise<Float32Array[]> {
  const session = await InferenceSession.create(model);
  const tensor = (numbers: readonly number[]) =>
    new Tensor('int64', BigInt64Array.from(numbers, BigInt), [texts.length, texts[0]!.length]);
  const ids = texts.flat();
  const results = await session.run({
    input_ids: tensor(ids),
    attention_mask: tensor(ids.map((id) => Number(id !== 0))),
  });
  await session.release();
  const logits = results['logits']!.data as Float32Array;
  return texts.map((_, row) => logits.slice(3 * row, 3 * row + 3));
}

type Matrix = readonly (readonly number[])[];
const constants = readConstants(model);
const vector = (name: string): number[] => [...(constants.get(name) as Float32Array)];
const matrix = (name: string, columns: number): Matrix => {
  const flat = vector(name);
  const rows = flat.length / columns;
  return Array.from({ length: rows }, (_, row) => flat.slice(row * columns, (row + 1) * columns));
};
const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, k) => sum + value * b[k]!, 0);
const plus = (a: Matrix, b: Matrix): Matrix =>
  a.map((row, i) => row.map((value, k) => value + b[i]![k]!));
const dense = (x: Matrix, name: string): Matrix => {
  const bias = vector(`${name}/bias`);
  const weight = matrix(`${name}/weight`, bias.length);
  return x.map((row) =>
    bias.map(
      (own, k) =>
        own +
        dot(
          row,
          weight.map((line) => line[k]!),
        ),
    ),
  );
};
const norm = (x: Matrix): Matrix =>
  x.map((row) => {
    const mean =
      dot(
        row,
        row.map(() => 1),
      ) / row.length;
    const centred = row.map((value) => value - mean);
    const deviation = Math.sqrt(dot(centred, centred) / row.length + 1e-5);
    return centred.map((value) => value / deviation);
  });
/** Abramowitz & Stegun 1964, 7.1.26: to 1.5e-7. */
const erf = (x: number): number => {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const factors = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592];
  const series = factors.reduce((sum, factor) => sum * t + factor, 0) * t;
  return Math.sign(x) * (1 - series * Math.exp(-x * x));
};
const gelu = (x: number): number => (x * (1 + erf(x / Math.SQRT2))) / 2;

function attention(x: Matrix, layer: string): Matrix {
  const [query, key, value] = ['query', 'key', 'value'].map((name) => dense(x, layer + name));
  const depth = width / heads;
  const mixed = x.map((_, from) =>
    Array.from({ length: heads }, (__, head) => {
      const cut = (row: readonly number[]) => row.slice(head * depth, (head + 1) * depth);
      const powers = key!.map((other) =>
        Math.exp(dot(cut(query![from]!), cut(other)) / Math.sqrt(depth)),
      );
      const total = dot(
        powers,
        powers.map(() => 1),
      );
      return cut(value![0]!).map(
        (___, k) =>
          dot(
            powers,
            value!.map((other) => cut(other)[k]!),
          ) / total,
      );
    }).flat(),
  );
  return dense(mixed, `${layer}out`);
}

/** Vaswani et al. 2017, with norms in front, in plain numbers. */
function logitsOf(ids: readonly number[]): readonly number[] {
  const [pieces, positions] = [matrix('pieces', width), matrix('positions', width)];
  let x: Matrix = ids.map((id, at) => pieces[id]!.map((value, k) => value + positions[at]![k]!));
  for (const layer of ['layer_0/', 'layer_1/']) {
    x = plus(x, attention(norm(x), layer));
    const wide = dense(norm(x), `${layer}up`).map((row) => row.map(gelu));
    x = plus(x, dense(wide, `${layer}down`));
  }
  const last = norm(x);
  const pooled = last[0]!.map((_, k) => last.reduce((sum, row) => sum + row[k]!, 0) / ids.length);
  return dense([pooled], 'head')[0]!;
}

describe('the graph of a transformer', () => {
  it('computes what the paper says', async () => {
    const texts = [
      [2, 5, 7, 3, 9],
      [4, 4, 1, 8, 6],
    ];

    const scores = await score(texts);

    texts.forEach((ids, row) => assertNearAll(scores[row]!, logitsOf(ids), 1e-5));
  });

  it('gives a text the same scores however far it is filled up', async () => {
    const [short] = await score([[2, 5, 7]]);
    const [long, other] = await score([
      [2, 5, 7, 0, 0, 0, 0, 0],
      [2, 5, 7, 3, 9, 4, 4, 1],
    ]);

    assertNearAll(long!, short!, 1e-5);
    assert.notDeepEqual(other, long);
  });

  it('tells the order of words', async () => {
    const [one, two] = await score([
      [2, 5, 7],
      [2, 7, 5],
    ]);

    assert.ok(one!.some((logit, k) => Math.abs(logit - two![k]!) > 1e-3));
  });
});
