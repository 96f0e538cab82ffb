import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { headerSeparator } from '../../src/files/header-separator.js';

describe('what stands between the names of a header', () => {
  for (const [text, separator] of [
    ['a,b\n1;2;3', ','],
    ['a;b;label\n"1,5";2;x', ';'],
    ['"a,b,c";d\r\n', ';'],
    ['\n\r\na\tb\n', '\t'],
    ['a b\tc, d\te\n', ','],
    ['a b\tc d;\te\n', '\t'],
    ['input (a; b; c),label\n', ','],
    ['text\na;b', ','],
    ['', ','],
    ['a,b;c', ','],
  ] as const)
    it(`is ${JSON.stringify(separator)} of ${JSON.stringify(text)}`, () => {
      assert.equal(headerSeparator(text), separator);
    });
});
