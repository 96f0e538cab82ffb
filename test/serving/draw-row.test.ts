import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { createDrawRow, hashesOf } from '../../src/serving/draw-row.js';
import type { Input } from '../../src/task/task.js';
import { imageInput, pixelInput } from '../support/inputs.js';

const key = new Uint8Array(32).fill(7);
const row = (value: number): Input => pixelInput(value, 0.5);

describe('the draw of a row', () => {
  it('follows from the key and the input alone: equal inputs have equal draws', () => {
    const batch = Float32Array.of(9, 0.25, 0.5, 9);

    const drawn = createDrawRow(key)(row(0.25));

    assert.deepEqual(createDrawRow(key)(row(0.25)), drawn);
    const view = imageInput(batch.subarray(1, 3)); // Of a larger buffer.
    assert.deepEqual(createDrawRow(key)(view), drawn);
    assert.notDeepEqual(createDrawRow(key)(row(0.250_001)), drawn);
    assert.notDeepEqual(createDrawRow(new Uint8Array(32).fill(8))(row(0.25)), drawn);
  });

  it('is made of three parts of a keyed SHA-256 that have no bytes in common', () => {
    const bytes = Buffer.alloc(8);
    bytes.writeFloatLE(0.25);
    bytes.writeFloatLE(0.5, 4);
    const hash = createHash('sha256').update(key).update(bytes).digest();

    const { holdout, explore, inputHash } = createDrawRow(key)(row(0.25));

    // The top 53 bits of 8 bytes each, by BigInt.
    const uniform = (from: number): number => Number(hash.readBigUInt64BE(from) >> 11n) / 2 ** 53;
    assert.deepEqual([holdout, explore], [uniform(0), uniform(8)]);
    assert.equal(inputHash, hash.subarray(16).toString('hex'));
  });

  it('makes no holdout row of an input that every student is trained on', () => {
    const draw = createDrawRow(key, hashesOf(key, [row(0.25), row(0.75)]));

    const seed = draw(row(0.25));
    const { explore, inputHash } = createDrawRow(key)(row(0.25));
    assert.deepEqual([seed.holdout, seed.explore, seed.inputHash], [1, explore, inputHash]);
    assert.equal(draw(row(0.75)).holdout, 1);
    assert.deepEqual(draw(row(0.5)), createDrawRow(key)(row(0.5)));
  });

  it('is uniform, and being drawn for holdout says nothing of being drawn for exploring', () => {
    const draw = createDrawRow(key);
    const draws = Array.from({ length: 20_000 }, (_, index) => draw(row(index)));

    const share = (isIn: (one: (typeof draws)[number]) => boolean): number =>
      draws.filter(isIn).length / draws.length;
    const near = (actual: number, expected: number): void => {
      const sigmas = Math.abs(actual - expected) / Math.sqrt((expected * (1 - expected)) / 20_000);
      assert.ok(sigmas < 4, `${actual} for ${expected}`);
    };
    near(
      share(({ holdout }) => holdout < 0.1),
      0.1,
    );
    near(
      share(({ explore }) => explore < 0.02),
      0.02,
    );
    near(
      share(({ holdout, explore }) => holdout < 0.5 && explore < 0.5),
      0.25,
    );
  });
});
