import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findColumns } from '../../src/task/labelled-columns.js';

const unnamed = { inputColumn: null, labelColumn: null };

describe('the columns of a labelled file', () => {
  for (const [there, input, label] of [
    [['Text', 'Label'], 'Text', 'Label'],
    [['review', 'sentiment'], 'review', 'sentiment'],
    [['label', 'title', 'content'], 'content', 'label'],
    [['Sentence ', 'TARGET'], 'Sentence ', 'TARGET'],
    [['text', 'label', 'sentence', 'category'], 'text', 'label'],
    [['Text', 'text', 'Class'], 'text', 'Class'],
  ] as const)
    it(`are found by their usual names: ${there.join(', ')}`, () => {
      assert.deepEqual(findColumns('f', there, unnamed), { input, label });
    });

  it('are found as they are named, in small letters or not', () => {
    const there = ['Said', 'meant', 'text', 'label'];
    const named = { inputColumn: 'said', labelColumn: 'meant' };

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
});
