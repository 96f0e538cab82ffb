import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { learnTokenizer } from '../../src/distillation/transformer/piece-tokenizer.js';
import { drawOrders } from './orders-task.js';
import { onnxFile, type OnnxFile } from './onnx-file.js';
import { seededDraw } from './seeded-draw.js';

export const encoderWidth = 64;
/** Of English about orders; a stranger has trained it. */
export const encoderTokenizer = learnTokenizer(
  drawOrders(200, seededDraw(77)).map(({ input }) => input),
);
const pieces = encoderTokenizer.pieces.length;
const draw = seededDraw(5);
/** [pieces, encoderWidth] what the encoder gives for each piece. */
export const pieceVectors = Float32Array.from(
  { length: pieces * encoderWidth },
  () => 3 + 20 * (draw() - 0.5),
);

const tokens = ['batch', 'sequence'] as const;

/** Sentences as the means of random vectors of their pieces, in the manner of an exporter. */
export const wordsEncoder = (changes: Partial<OnnxFile> = {}): Uint8Array =>
  onnxFile({
    opset: 11,
    inputs: [
      { name: 'input_ids', dtype: 'int64', shape: tokens },
      { name: 'attention_mask', dtype: 'int64', shape: tokens },
    ],
    outputs: [
      { name: 'last_hidden_state', dtype: 'float32', shape: [...tokens, encoderWidth] },
      { name: 'pooler_output', dtype: 'float32', shape: ['batch', encoderWidth] },
    ],
    constants: [
      { name: 'table', data: pieceVectors, shape: [pieces, encoderWidth] },
      { name: 'first', data: BigInt64Array.of(0n), shape: [] },
    ],
    nodes: [
      { op: 'Gather', inputs: ['table', 'input_ids'], outputs: ['last_hidden_state'] },
      {
        op: 'Gather',
        inputs: ['last_hidden_state', 'first'],
        outputs: ['pooler_output'],
        ints: { axis: 1 },
      },
    ],
    ...changes,
  });

/** Writes the directory of an encoder as one is downloaded; null leaves a file out. */
export function writeEncoder(
  dir: string,
  files: Readonly<Record<string, Uint8Array | string | null>> = {},
): string {
  mkdirSync(dir, { recursive: true });
  const all: Readonly<Record<string, Uint8Array | string | null>> = {
    ...{ 'model.onnx': wordsEncoder(), 'tokenizer.json': encoderTokenizer.file },
    ...files,
  };
  for (const [name, content] of Object.entries(all))
    if (content !== null) writeFileSync(join(dir, name), content);
  return dir;
}
