import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { InvalidInputError } from '../../src/errors.js';
import { parseImage } from '../../src/http/parse-image.js';
import { createDrawRow } from '../../src/serving/draw-row.js';
import { decodeImage } from '../../src/task/image-codec.js';
import type { ImageInput } from '../../src/task/task.js';
import { squareTask } from '../support/square-task.js';

describe('an image of numbers', () => {
  it('is drawn the same with -0 for 0: one image has one draw', () => {
    const { input } = squareTask;
    const draw = createDrawRow(new Uint8Array(32));
    const parsed = (pixels: readonly number[]) => parseImage(pixels, input, 'input');

    const image = parsed([-0, 1, -0, 0.5]);

    assert.ok(Object.is(decodeImage(image, input)[0], 0));
    assert.deepEqual(draw(image), draw(parsed([0, 1, 0, 0.5])));
    const rows = [[0, -0] as const, [-0, 1] as const];
    const nested = parseImage(rows, input, 'input');
    assert.deepEqual(draw(nested), draw(parsed([0, 0, 0, 1])));
  });
});

describe('an image in base64', () => {
  const letters = Array.from('AZaz09+/-_= \n!ä');
  /** Oracle: what it stands for, encoded again, is the text, but for padding and unused bits. */
  const isBase64 = (text: string): boolean =>
    /^[A-Za-z0-9+/]*={0,2}$/.test(text) &&
    (text.length % 4 === 0
      ? /^(.{4})*(..==|...=)?$/.test(text.replace(/[^=]/g, 'x'))
      : !text.includes('=') && text.length % 4 !== 1);

  it('is taken when it is base64 of all its bytes, and only then', () => {
    const size: ImageInput = { kind: 'image', width: 4, height: 1, channels: 1 };
    const texts = fc.array(fc.constantFrom(...letters), { minLength: 4, maxLength: 9 });
    fc.assert(
      fc.property(texts, (chars) => {
        const text = chars.join('');
        const isFourBytes = isBase64(text) && text.replace(/=+$/, '').length === 6;

        if (isFourBytes)
          assert.deepEqual(parseImage(text, size, 'input'), Buffer.from(text, 'base64'));
        else assert.throws(() => parseImage(text, size, 'input'), InvalidInputError, text);
      }),
      { numRuns: 2_000 },
    );
  });

  const size: ImageInput = { kind: 'image', width: 4, height: 1, channels: 1 };
  for (const text of ['AZaz09==', 'AZaz09'])
    it(`is taken: ${text}`, () => assert.equal(parseImage(text, size, 'input').byteLength, 4));

  for (const text of ['AZaz0!9=', 'AZaz09!!', 'AZaz09=', 'AZ az09=', 'AZ=az09=', '__az09=='])
    it(`is refused: ${text}`, () =>
      assert.throws(() => parseImage(text, size, 'input'), /not base64/));
});

describe('a colour image', () => {
  const input: ImageInput = { kind: 'image', width: 2, height: 1, channels: 3 };
  const parsed = (value: unknown): number[] => [
    ...decodeImage(parseImage(value, input, 'input'), input),
  ];
  const pixels = [0, 0.2, 0.4, 0.6, 0.8, 1].map(Math.fround);

  it('is the same as nested pixels, as flat numbers and as base64 of 8-bit RGB', () => {
    const nested = [
      [
        [0, 0.2, 0.4],
        [0.6, 0.8, 1],
      ],
    ];

    assert.deepEqual(parsed(nested), pixels);
    assert.deepEqual(parsed([0, 0.2, 0.4, 0.6, 0.8, 1]), pixels);
    const base64 = Buffer.from([0, 51, 102, 153, 204, 255]).toString('base64');
    assert.deepEqual(parsed(base64), pixels);
  });

  it('is pixels, not the file of a picture, which is said', () => {
    const png = Buffer.from('\x89PNG\r\n\x1a\n0000', 'latin1').toString('base64');

    assert.throws(() => parsed(png), /file of a picture: decode it first, and send its pixels\.$/);
    assert.throws(() => parsed('AAAA'), /8-bit RGB, got base64 of 3 bytes\.$/);
  });

  it('goes row by row from the top', () => {
    const tall: ImageInput = { kind: 'image', width: 1, height: 2, channels: 3 };

    const image = parseImage([[[0, 0, 0]], [[1, 0, 0.5]]], tall, 'input');

    assert.deepEqual([...decodeImage(image, tall)], [0, 0, 0, 1, 0, 0.5]);
  });

  const black = [0, 0, 0];
  const refusals: readonly (readonly [string, unknown, string])[] = [
    ['a grey row', [[0, 1]], 'input[0][0] must be red, green and blue in [0, 1], got 0.'],
    ['two channels', [[black, [0, 0]]], 'input[0][1] must be red, green and blue in [0, 1], got 2'],
    ['a pixel missing', [[black]], 'input[0] must be a row of 2 pixels, got 1 pixel.'],
    ['no row', [[black, black], 7], 'input must be 2x1 pixels of red, green and blue'],
    ['grey numbers', [0, 1], '(6 numbers, or nested by rows and pixels) or base64 of 6 bytes of'],
    ['a byte', [[black, [0, 255, 0]]], 'input[0][1][1] must be a number in [0, 1], got 255. Div'],
    ['a deep one', [[black, [0, [0], 0]]], 'input[0][1][1] must be a number in [0, 1], got a list'],
    ['grey base64', 'AAA=', '8-bit RGB, got base64 of 2 bytes.'],
  ];
  for (const [what, value, words] of refusals) {
    it(`is refused with its place: ${what}`, () => {
      assert.throws(
        () => parsed(value),
        (error) => error instanceof InvalidInputError && error.message.includes(words),
      );
    });
  }
});
