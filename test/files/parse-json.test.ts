import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseJson } from '../../src/files/parse-json.js';
import { seededDraw } from '../support/seeded-draw.js';

const failureOf = (text: string): string => {
  try {
    parseJson(text);
  } catch (error) {
    assert.ok(error instanceof SyntaxError);
    return error.message;
  }
  return assert.fail(`was parsed: ${text}`);
};

describe('JSON that people write', () => {
  it('may start with a byte order mark', () => {
    assert.deepEqual(parseJson('\uFEFF{"a": [1, null]}'), { a: [1, null] });
  });

  const failures: Readonly<Record<string, readonly [string, string]>> = {
    'a comma at the end': [
      '{\n  "a": 1,\n}',
      'line 3, column 1: "}" is not expected here after a comma',
    ],
    'a comma at the end of a list': [
      '{"a": [1, ]}',
      'line 1, column 11: "]" is not expected here after a comma',
    ],
    'a missing comma': ['{\n "a": 1\n "b": 2}', 'line 3, column 2: "\\"" is not expected here'],
    'a comment': ['{} // none', 'line 1, column 4: "/" is not expected here'],
    'single quotes': ["{'a': 1}", 'line 1, column 2: "\'" is not expected here'],
    'a name without quotes': ['{a: 1}', 'line 1, column 2: "a" is not expected here'],
    'a number as no JSON has it': ['[01]', 'line 1, column 3: "1" is not expected here'],
    'no end': ['{"rows": [{"input": "', 'line 1, column 21: "\\"" is not expected here'],
    'no end of a list': ['{"rows":\n [1\n', 'line 3, column 1: it ends too early'],
    nothing: [' \n', 'it is empty'],
  };
  for (const [what, [text, message]] of Object.entries(failures))
    it(`is refused for ${what}, and where`, () => {
      assert.equal(failureOf(text), message);
    });

  it('is refused wherever JSON.parse refuses it, at a place inside the text', () => {
    const draw = seededDraw(11);
    const letters = '{}[],:"\\0123.e-+truefalsn \n\u00e9\u0001';
    const whole = '{"a": [1.5e-3, true, null, "x\\n\\u00e9"], "b": {"c": [], "d": {}}}';
    let refused = 0;
    for (let round = 0; round < 3000; round++) {
      const at = Math.floor(draw() * whole.length);
      const letter = letters[Math.floor(draw() * letters.length)]!;
      const text = whole.slice(0, at) + letter + whole.slice(at + Math.floor(draw() * 3));
      let expected: unknown;
      try {
        expected = JSON.parse(text);
      } catch {
        refused++;
        const [, line, column] = /^line (\d+), column (\d+): /.exec(failureOf(text)) ?? [];
        const lines = text.split('\n');
        assert.ok(Number(column) >= 1 && Number(column) <= lines[Number(line) - 1]!.length + 1);
        continue;
      }
      assert.deepEqual(parseJson(text), expected);
    }
    assert.ok(refused > 1000, `${refused} refused`);
  });
});
