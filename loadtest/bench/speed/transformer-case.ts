import {
  openContinuedTrainer,
  type RowBatch,
} from '../../../src/distillation/continued/continued-trainer.js';
import { findWeights } from '../../../src/distillation/continued/find-weights.js';
import { readSource } from '../../../src/distillation/continued/source-model.js';
import { createNormalDraw, createSeededDraw } from '../../../src/distillation/seeded-draw.js';
import { studentLoss } from '../../../src/distillation/student-loss.js';
import { modelTensors } from '../../../src/distillation/training-graph.js';
import { buildTransformer } from '../../../src/distillation/transformer/transformer-graph.js';
import { batchOf, drawTargets, learningRate, weightDecay, type SpeedCase } from './speed-case.js';

const size = { layers: 2, width: 128, heads: 4, pieces: 2_000, classCount: 150 } as const;
const tokens = 64;
const batchRows = 32;
const batches = 4;

/** A small transformer on texts that fill their places: pieces are drawn, none is padding. */
export function transformerCase(): SpeedCase {
  const draw = createSeededDraw(1);
  const { classCount, pieces, layers, width, heads } = size;
  const onnx = buildTransformer({ ...size, tokensMax: tokens }, createNormalDraw(draw));
  const source = readSource(onnx, modelTensors.output);
  const found = findWeights(source);
  const theta = Float32Array.from(found.flatMap(({ data }) => [...data]));
  const rows = batches * batchRows;
  const drawn = (): bigint => BigInt(Math.floor(draw() * pieces));
  const ids = { columns: tokens, data: BigInt64Array.from({ length: rows * tokens }, drawn) };
  const mask = { columns: tokens, data: new BigInt64Array(rows * tokens).fill(1n) };
  const soft = drawTargets({ rows, classCount }, 0.7, draw);
  const hard = drawTargets({ rows, classCount }, 1, draw);
  const rowOf = (row: number) =>
    [
      { name: 'input_ids', part: ids },
      { name: 'attention_mask', part: mask },
    ].map(({ name, part }) => {
      return { name, dtype: 'int64' as const, dims: [tokens], data: batchOf(part, row, 1) };
    });
  const shape = 'all';
  const batchesOfRows = Array.from({ length: batches }, (_, batch): RowBatch => {
    const own = Array.from({ length: batchRows }, (__, k) => batch * batchRows + k);
    const lessonOf = (row: number) => ({
      ...{ tensors: rowOf(row), weight: 1 },
      ...{ soft: batchOf(soft, row, 1), hard: batchOf(hard, row, 1) },
    });
    return { shape, rows: own.map(lessonOf) };
  });
  return {
    name: `transformer ${layers} x ${width}, ${tokens} tokens, batch ${batchRows}`,
    ...{ batchRows, batches, theta, steps: 10, parts: [ids, mask, soft, hard] },
    network: { kind: 'transformer', layers, heads },
    weights: found.map(({ name, shape: own }) => ({ name, shape: own })),
    async open() {
      const trainer = await openContinuedTrainer({
        student: {
          ...{ source, weights: found },
          form: { classCount, kind: 'logits', isBinary: false },
        },
        groups: [{ shape, example: rowOf(0) }],
        ...{ batchRows, loss: studentLoss, weightDecay, dtypes: ['int64', 'int64'], theta },
      });
      return {
        step: (batch) => trainer.step(batchesOfRows[batch]!, learningRate),
        close: () => trainer.close(),
      };
    },
  };
}
