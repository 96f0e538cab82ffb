import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseImage } from '../../src/http/parse-image.js';
import { createDrawRow } from '../../src/serving/draw-row.js';
import { squareTask } from '../support/square-task.js';

describe('an image of numbers', () => {
  it('is drawn the same with -0 for 0: one image has one draw', () => {
    const { input } = squareTask;
    const draw = createDrawRow(new Uint8Array(32));
    const parsed = (pixels: readonly number[]) => parseImage(pixels, input, 'input');

    const image = parsed([-0, 1, -0, 0.5]);

    assert.ok(Object.is(image[0], 0));
    assert.deepEqual(draw(image), draw(parsed([0, 1, 0, 0.5])));
    const rows = [[0, -0] as const, [-0, 1] as const];
    assert.deepEqual(draw(parseImage(rows, input, 'input')), draw(parsed([0, 0, 0, 1])));
  });
});
