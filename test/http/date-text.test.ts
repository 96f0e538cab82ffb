import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createDateText } from '../../src/http/date-text.js';

it('the date of an answer is that of its second', () => {
  let nowMs = Date.UTC(2026, 10, 29, 23, 59, 58);
  const dateText = createDateText(() => nowMs);
  const texts = [0, 999, 1, 1500, -3000].map((stepMs) => {
    nowMs += stepMs;
    return dateText();
  });

  assert.deepEqual(texts, [
    'Sun, 29 Nov 2026 23:59:58 GMT',
    'Sun, 29 Nov 2026 23:59:58 GMT',
    'Sun, 29 Nov 2026 23:59:59 GMT',
    'Mon, 30 Nov 2026 00:00:00 GMT',
    'Sun, 29 Nov 2026 23:59:57 GMT',
  ]);
});
