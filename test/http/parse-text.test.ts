import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InvalidInputError } from '../../src/errors.js';
import { parseText } from '../../src/http/parse-text.js';

const parsed = (value: unknown): Uint8Array =>
  parseText(value, { kind: 'text', charsMax: 8 }, 'input');

describe('a text', () => {
  it('becomes UTF-8', () => {
    assert.equal(Buffer.from(parsed('a é 🙂')).toString('hex'), '6120c3a920f09f9982');
  });

  it('may be as long as the task says, in UTF-16 units', () => {
    assert.equal(parsed('🙂🙂🙂🙂').length, 16);
    assert.equal(parsed('12345678').length, 8);
  });

  it('has U+FFFD for half a pair of surrogates', () => {
    assert.equal(Buffer.from(parsed('\ud83d')).toString('hex'), 'efbfbd');
  });

  const refusals: readonly (readonly [string, unknown, RegExp])[] = [
    ['an empty one', '', /^input must be a text of 1 to 8 characters, got an empty text\.$/],
    ['one too long', '123456789', /^input must be a text of 1 to 8 characters, got 9 characters/],
    ['one with a NUL', 'ab\0', /^input must be a text without NUL characters, got one at 2\.$/],
    ['a number', 7, /got 7\.$/],
    ['a list', ['a'], /got a list\.$/],
    ['null', null, /got null\.$/],
  ];
  for (const [what, value, message] of refusals) {
    it(`is refused: ${what}`, () => {
      assert.throws(
        () => parsed(value),
        (error) => error instanceof InvalidInputError && message.test(error.message),
      );
    });
  }
});
