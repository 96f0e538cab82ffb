import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findColumns } from '../../src/task/labelled-columns.js';

const input = { kind: 'text', charsMax: 20 } as const;
const unnamed = { inputColumn: null, labelColumn: null, input };
const tensor = (...shape: readonly (number | null)[]) =>
  ({ kind: 'tensor', tensors: [{ name: 'x', dtype: 'float32', shape }] }) as const;

describe('the columns of a labelled file', () => {
  for (const [there, expected, label] of [
    [['Text', 'Label'], 'Text', 'Label'],
    [['review', 'sentiment'], 'review', 'sentiment'],
    [['label', 'title', 'content'], 'content', 'label'],
    [['Sentence ', 'TARGET'], 'Sentence ', 'TARGET'],
    [['text', 'label', 'sentence', 'category'], 'text', 'label'],
    [['Text', 'text', 'Class'], 'text', 'Class'],
  ] as const)
    it(`are found by their usual names: ${there.join(', ')}`, () => {
      assert.deepEqual(findColumns('f', there, unnamed), { input: expected, label });
    });

  it('are found as they are named, in small letters or not', () => {
    const there = ['Said', 'meant', 'text', 'label'];
    const named = { inputColumn: 'said', labelColumn: 'meant', input };

    assert.deepEqual(findColumns('f', there, named), { input: 'Said', label: 'meant' });
  });

  for (const [there, problem] of [
    [
      ['review', 'tweet', 'label'],
      /several columns that may be the input: review, tweet\..*--input/,
    ],
    [
      ['text', 'intent', 'class'],
      /several columns that may be the label: intent, class\..*--label/,
    ],
    [['Text', 'TEXT', 'label'], /may be the input: Text, TEXT/],
    [['a', 'label'], /no column for the input. Columns: a, label/],
  ] as const)
    it(`are not guessed: ${there.join(', ')}`, () => {
      assert.throws(() => findColumns('f', there, unnamed), problem);
    });

  it('are the elements of a tensor, where those are all but the label', () => {
    const there = ['a', 'b', 'class', 'c'];

    const found = findColumns('f', there, { ...unnamed, input: tensor(3) });

    assert.deepEqual(found, { input: ['a', 'b', 'c'], label: 'class' });
    const body = findColumns('f', ['body', 'age', 'class'], { ...unnamed, input: tensor(2) });
    assert.deepEqual(body, { input: ['body', 'age'], label: 'class' });
    const whole = findColumns('f', ['input', 'label'], { ...unnamed, input: tensor(1) });
    assert.deepEqual(whole, { input: 'input', label: 'label' });
    for (const other of [tensor(2), tensor(null), input])
      assert.throws(() => findColumns('f', there, { ...unnamed, input: other }), /no column for/);
    assert.throws(
      () => findColumns('f', there, { ...unnamed, input: tensor(2) }),
      /Or, with commas between, those of its elements: 2 columns of the elements of x, in their/,
    );
  });

  it('are the pixels of an image', () => {
    const image = { kind: 'image', width: 2, height: 1, channels: 1 } as const;
    const find = (there: readonly string[]) =>
      findColumns('f', there, { ...unnamed, input: image });

    assert.deepEqual(find(['label', 'p0', 'p1']), { input: ['p0', 'p1'], label: 'label' });
    assert.throws(
      () => find(['label', 'p0']),
      /of its elements: 2 columns of the pixels, in their/,
    );
  });

  it('are named with commas between, in the order of the tensor', () => {
    const there = ['id', 'a', 'b', 'class'];
    const named = { ...unnamed, inputColumn: 'b, a', input: tensor(2) };

    assert.deepEqual(findColumns('f', there, named), { input: ['b', 'a'], label: 'class' });
    assert.throws(() => findColumns('f', there, { ...named, inputColumn: 'b,z' }), /no column "z"/);
    const comma = { ...unnamed, inputColumn: 'a,b' };
    assert.equal(findColumns('f', ['a,b', 'a', 'b', 'label'], comma).input, 'a,b');
  });

  it('are those of the names of tensors of one element', () => {
    const tensors = ['age', 'sex'].map((name) => ({ name, dtype: 'float32', shape: [1] }) as const);
    const there = ['label', 'sex', 'other', 'age'];

    const found = findColumns('f', there, { ...unnamed, input: { kind: 'tensor', tensors } });

    assert.deepEqual(found, { input: ['age', 'sex'], label: 'label' });
  });
});
