import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as op from '../../src/onnx/operators.js';
import type { BundleManifest } from '../../src/registry/bundle.js';
import { asTheyAre, fakeManifest } from './fake-bundle.js';
import { squareTask } from './square-task.js';
import { modelOf } from './tiny-model.js';

export interface SquareModel {
  /** First pixel at which it turns from `dark` to `bright`. */
  readonly cut?: number;
  /** Logit of `bright` for each unit past the cut. */
  readonly steepness?: number;
}

/** Logits [0, steepness (x0 - cut)]: a student or teacher of the squares task, for ONNX Runtime. */
const squareModel = ({ cut = 0.5, steepness = 20 }: SquareModel = {}): Uint8Array =>
  modelOf((graph, x) => {
    const weight = graph.constant(Float32Array.of(0, steepness, 0, 0, 0, 0, 0, 0), [4, 2]);
    const bias = graph.constant(Float32Array.of(0, -steepness * cut), [2]);
    return op.add(graph, op.matMul(graph, x, weight), bias);
  }, 4);

/** Writes a bundle of the squares task. `change` may spoil its manifest. */
export function writeSquareBundle(
  dir: string,
  model: SquareModel | Uint8Array = {},
  change: (manifest: BundleManifest) => BundleManifest = (manifest) => manifest,
): string {
  const bytes = model instanceof Uint8Array ? model : squareModel(model);
  const { labels, input, name: task } = squareTask;
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'model.onnx'), bytes);
  const preprocess = asTheyAre(input);
  const manifest = change({ ...fakeManifest(bytes), task, labels, input, preprocess });
  writeFileSync(join(dir, 'manifest.json'), JSON.stringify(manifest));
  return dir;
}
