import assert from 'node:assert/strict';
import { openInlineRunner } from '../../src/model/inline-runner.js';
import { imageInput } from './inputs.js';
import { tinySource } from './tiny-model.js';

/**
 * Runs a model over rows of pixels, all in one run.
 *
 * @returns  for each row its score for each of `classCount` labels.
 */
export async function scorePixels(
  model: Uint8Array,
  rows: readonly Float32Array[],
  classCount: number,
): Promise<readonly Float32Array[]> {
  const input = { kind: 'image', width: rows[0]!.length, height: 1, channels: 1 } as const;
  const labels = Array.from({ length: classCount }, (_, label) => `label-${label}`);
  const runner = await openInlineRunner(tinySource(model, { input, labels }));
  try {
    const results = await runner.run(rows.map(imageInput));
    return results.map((result) => {
      assert.ok(result instanceof Float32Array, String(result));
      return result;
    });
  } finally {
    await runner.close();
  }
}
