import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { createRowsBar, progressWords } from '../../src/cli/transfer-bar.js';

/** Shows rows after 10 s. @returns what was written. */
function shown(isTTY: boolean, ...progress: (readonly [number, number | null])[]): string {
  const stream = Object.assign(new PassThrough(), { isTTY });
  let nowMs = 0;
  const bar = createRowsBar(() => nowMs, stream);
  nowMs = 10_000;
  for (const one of progress) bar.show(...one);
  bar.stop();
  return String(stream.read() ?? '');
}

describe('the bar of an import or export', () => {
  for (const [share, spentMs, words] of [
    [null, 60_000, '5000 rows'],
    [0.5, 1_000, '5000 rows, 50 %'], // Too soon to tell.
    [0, 60_000, '5000 rows, 0 %'],
    [0.5, 10_000, '5000 rows, 50 %, 10 s left'],
    [0.25, 60_000, '5000 rows, 25 %, 3 min 0 s left'],
    [0.01, 60_000, '5000 rows, 1 %, 1 h 39 min left'],
    [1, 60_000, '5000 rows, 100 %, 0 s left'],
  ] as const)
    it(`says ${words}`, () => assert.equal(progressWords({ rows: 5_000, share, spentMs }), words));

  it('shows the share on a terminal, and the rows alone where nobody knows it', () => {
    const known = shown(true, [10, 0.1], [500, 0.5]);
    assert.match(known, /=+-+ 500 rows, 50 %, 10 s left/);
    const unknown = shown(true, [10, null], [500, null]);
    assert.match(unknown, /500 rows/);
    assert.doesNotMatch(unknown, /%|left|=/);
  });

  it('writes a line each 100 000 rows elsewhere', () => {
    const text = shown(false, [500, 0.1], [100_000, 0.5], [100_500, 0.6], [200_000, null]);
    assert.equal(text, '100000 rows, 50 %, 10 s left\n200000 rows\n');
  });

  it('shows nothing where there was nothing', () => {
    for (const isTTY of [true, false]) assert.equal(shown(isTTY), '');
  });
});
