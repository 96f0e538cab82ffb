import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { capNearDuplicates } from '../../../src/distillation/bounds/near-duplicates.js';
import { sketchInputs } from '../../../src/distillation/bounds/sketch-inputs.js';
import type { Input, InputSpec } from '../../../src/task/task.js';
import { encodeTensors } from '../../../src/task/tensor-codec.js';
import { encodeText } from '../../../src/task/text-codec.js';
import { drawOrders } from '../../support/orders-task.js';
import { seededDraw } from '../../support/seeded-draw.js';

interface Row {
  readonly id: string;
  readonly client: string;
  readonly keys: readonly number[];
}
const capped = (rows: readonly Row[], rowsMax: number): string[] =>
  capNearDuplicates(rows, {
    keys: rows.map(({ keys }) => Float64Array.from(keys)),
    clientOf: ({ client }) => client,
    lotOf: ({ id }) => id,
    rowsMax,
  }).map(({ id }) => id);

describe('of look-alikes', () => {
  it('so many stay, the first of each client, in their order', () => {
    const rows = ['a', 'b', 'c', 'd'].map((id) => ({ id, client: 'one', keys: [1, 2] }));

    assert.deepEqual(capped(rows, 2), ['a', 'b']);
    assert.deepEqual(capped(rows, 4), ['a', 'b', 'c', 'd']);
  });

  it('any key in common makes them alike', () => {
    const rows = [
      { id: 'a', client: 'one', keys: [1, 2] },
      { id: 'b', client: 'one', keys: [3, 2] },
      { id: 'c', client: 'one', keys: [3, 4] },
      { id: 'd', client: 'one', keys: [5, 6] },
    ];

    assert.deepEqual(capped(rows, 1), ['a', 'c', 'd']); // b shares with a; c only with b.
  });

  it('clients take turns, however much one sends, and whoever sent the newest', () => {
    const flood = Array.from({ length: 50 }, (_, k) => ({
      ...{ id: `a${k}`, client: 'mallory', keys: [1, k + 2] },
    }));
    const users = ['x', 'y', 'z'].map((id) => ({ id, client: `user ${id}`, keys: [1, 0] }));

    assert.deepEqual(capped([...flood, ...users], 5), ['a0', 'a1', 'x', 'y', 'z']);
  });
});

/** Share of inputs that have a key in common with their variant. */
function caught(inputs: readonly Input[], variants: readonly Input[], spec: InputSpec): number {
  const keys = sketchInputs([...inputs, ...variants], spec);
  const found = inputs.filter((_, k) => {
    const own = new Set(keys[k]);
    return keys[inputs.length + k]!.some((key) => own.has(key));
  });
  return found.length / inputs.length;
}
const cyclic = (inputs: readonly Input[]): Input[] => [...inputs.slice(1), inputs[0]!];

describe('a sketch of inputs', () => {
  it('knows a text by signs and case changed, and most by a word more; not another text', () => {
    const spec = { kind: 'text', charsMax: 200 } as const;
    const draw = seededDraw(1);
    const opening = (k: number): string => `customer ${k * 7919} asks from branch ${k * 104_729}: `;
    const texts = drawOrders(200, draw).map(
      ({ input }, k) => opening(k) + Buffer.from(input).toString('utf8'),
    );
    const inputs = texts.map(encodeText);
    const changed = (change: (text: string) => string): Input[] =>
      texts.map((text) => encodeText(change(text)));

    assert.equal(
      caught(
        inputs,
        changed((text) => `*${text.toUpperCase()}\u{200b}!`),
        spec,
      ),
      1,
    );
    assert.ok(
      caught(
        inputs,
        changed((text) => `${text} indeed`),
        spec,
      ) > 0.95,
    );
    assert.ok(caught(inputs, cyclic(inputs), spec) < 0.2);
    const signs = ['?!', '...'].map(encodeText);
    assert.equal(caught(signs, cyclic(signs), spec), 0);
    assert.equal(caught(signs, signs, spec), 1);
  });

  it('knows an image with a little noise; not another image', () => {
    const spec = { kind: 'image', width: 28, height: 28, channels: 1 } as const;
    const draw = seededDraw(2);
    const images = Array.from({ length: 200 }, () => {
      const cells = Array.from({ length: 49 }, () => 20 + Math.floor(draw() * 200));
      return Uint8Array.from({ length: 784 }, (_, k) => {
        const [row, column] = [Math.floor(k / 28 / 4), Math.floor((k % 28) / 4)];
        return cells[row * 7 + column]!;
      });
    });
    const noisy = images.map((image) => image.map((value) => value + Math.floor(draw() * 17) - 8));

    assert.ok(caught(images, noisy, spec) > 0.95);
    assert.equal(caught(images, cyclic(images), spec), 0);
  });

  it('counts each number of a tensor in its own deviations, and knows texts in it', () => {
    const spec = {
      kind: 'tensor',
      tensors: [
        { name: 'x', dtype: 'float32', shape: [2] },
        { name: 'kind', dtype: 'string', shape: [] },
      ],
    } as const;
    const draw = seededDraw(3);
    const values = Array.from({ length: 300 }, (_, k) => ({
      small: draw(),
      large: draw() * 1e6,
      kind: ['car', 'boat', 'bike'][k % 3]!,
    }));
    const inputOf = ({ small, large, kind }: (typeof values)[number]): Input =>
      encodeTensors(
        [
          { data: Float32Array.of(small, large), dims: [2] },
          { data: [kind], dims: [] },
        ],
        spec,
      );
    const inputs = values.map(inputOf);
    const near = values.map((row) => inputOf({ ...row, large: row.large + 5000 }));
    const otherSmall = values.map((row) => inputOf({ ...row, small: (row.small + 0.5) % 1 }));

    assert.ok(caught(inputs, near, spec) > 0.95);
    assert.ok(caught(inputs, otherSmall, spec) < 0.05);
  });
});
