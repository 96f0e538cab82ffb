import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { columnsNotes, quantityNotes } from '../../src/replay/file-notes.js';

const upTo = (count: number): string[] => Array.from({ length: count }, (_, k) => String(k));

describe('what is said of a file', () => {
  it('is which columns were taken', () => {
    assert.deepEqual(columnsNotes({ input: 'text', label: 'intent' }), [
      'input: column text',
      'label: column intent',
    ]);
    assert.equal(
      columnsNotes({ input: upTo(64), label: 'digit' })[0],
      'input: 64 columns (0, 1, 2, 3, 4, 5, ... 63)',
    );
  });

  it('is that labels are quantities, where they seem to be', () => {
    assert.deepEqual(quantityNotes(['0', '1', '10']), []);
    assert.deepEqual(quantityNotes(['1.5', 'red']), []);
    assert.match(quantityNotes(['1.5', '2'])[0]!, /^the 2 labels are numbers \(1\.5, 2\)/);
    assert.deepEqual(quantityNotes(upTo(100)), []);
    assert.match(quantityNotes(upTo(101))[0]!, /^the 101 labels are numbers/);
  });
});
