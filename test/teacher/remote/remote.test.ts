import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TeacherFailedError } from '../../../src/errors.js';
import { inParallel } from '../../../src/teacher/remote/in-parallel.js';
import { atPointer } from '../../../src/teacher/remote/json-pointer.js';
import { retryAfterMsOf } from '../../../src/teacher/remote/retry-after.js';
import { mayBeBilled } from '../../../src/teacher/call-failure.js';
import { unreachable } from '../../../src/teacher/remote/unreachable.js';
import { createGate } from '../../support/gate.js';

describe('how long a server asks to wait', () => {
  const now = (): number => Date.UTC(2026, 0, 1, 12);
  const waitOf = (headers: Record<string, string>) => retryAfterMsOf(new Headers(headers), now);

  it('is said in seconds, in ms, or as a date', () => {
    assert.equal(waitOf({ 'retry-after': '2' }), 2000);
    assert.equal(waitOf({ 'retry-after': '0.5' }), 500);
    assert.equal(waitOf({ 'retry-after': '2', 'retry-after-ms': '1500' }), 1500);
    assert.equal(waitOf({ 'retry-after': 'Thu, 01 Jan 2026 12:00:30 GMT' }), 30_000);
    assert.equal(waitOf({ 'retry-after': 'Thu, 01 Jan 2026 11:00:00 GMT' }), 0);
  });

  it('is a day at most, and unknown where nothing is said', () => {
    assert.equal(waitOf({ 'retry-after': '99999999999' }), 86_400_000);
    for (const text of ['-5', '', 'soon', '-5x', '1e3x', 'NaN'])
      assert.equal(waitOf({ 'retry-after': text }), null, text);
    assert.equal(waitOf({}), null);
  });
});

describe('a JSON pointer', () => {
  // The examples of RFC 6901, section 5.
  const document = { foo: ['bar', 'baz'], '': 0, 'a/b': 1, 'm~n': 8, ' ': 7 };

  it('finds what it points to', () => {
    const found = ['', '/foo', '/foo/0', '/', '/a~1b', '/m~0n', '/ '].map((pointer) =>
      atPointer(document, pointer),
    );
    assert.deepEqual(found, [document, ['bar', 'baz'], 'bar', 0, 1, 8, 7]);
  });

  it('finds nothing that is not there, and nothing that every object has', () => {
    for (const pointer of ['/bar', '/foo/2', '/foo/-1', '/foo/00', '/foo/length', '/toString'])
      assert.equal(atPointer(document, pointer), undefined, pointer);
    assert.equal(atPointer('text', '/length'), undefined);
    assert.equal(atPointer(null, '/a/b'), undefined);
  });
});

describe('work in parallel', () => {
  const never = new AbortController().signal;

  it('is done so much at a time, and comes back in order', async () => {
    let [running, most] = [0, 0];
    const work = async (item: number): Promise<number> => {
      most = Math.max(most, ++running);
      for (let k = 0; k < 5 - item; k++) await new Promise(setImmediate);
      running--;
      return item * 10;
    };
    const results = await inParallel([0, 1, 2, 3, 4], { atOnceMax: 2, signal: never }, work);

    assert.deepEqual([results, most], [[0, 10, 20, 30, 40], 2]);
  });

  /** Does so much: `fails` says which items fail, and how; the others wait for the gate. */
  function doing(fails: Readonly<Record<number, Error>>) {
    const [begun, done]: [number[], number[]] = [[], []];
    const gate = createGate();
    const end = new AbortController();
    const limits = { atOnceMax: 2, signal: end.signal };
    const result = inParallel([0, 1, 2, 3], limits, async (item) => {
      begun.push(item);
      if (fails[item] !== undefined) throw fails[item];
      await gate.promise;
      done.push(item);
      return item;
    });
    return { begun, done, gate, end, result };
  }

  it('begins nothing after a failure; what is under way comes to its end: it is paid', async () => {
    const { begun, done, gate, result } = doing({ 1: new Error('first') });
    gate.open();

    await assert.rejects(result, /first/);
    assert.deepEqual([begun, done], [[0, 1], [0]]);
  });

  it('goes on after what fails for its own input alone', async () => {
    const refused = new TeacherFailedError('No.', { isOfInput: true }, { isRetryable: false });
    const { begun, done, gate, result } = doing({ 1: refused, 2: refused });
    gate.open();

    await assert.rejects(result, refused);
    assert.deepEqual(
      [begun, done.sort()],
      [
        [0, 1, 2, 3],
        [0, 3],
      ],
    );
  });

  it('tells a failure that may pass, if there is one', async () => {
    const refused = new TeacherFailedError('No.', { status: 400 }, { isRetryable: false });
    const { gate, result } = doing({ 0: refused, 1: new Error('Down.') });
    gate.open();

    await assert.rejects(result, /Down/);
  });

  it('begins nothing once its signal has fired', async () => {
    const { begun, gate, end, result } = doing({});
    end.abort();
    gate.open();

    await assert.rejects(result, { name: 'AbortError' });
    assert.deepEqual(begun, [0, 1]);
  });
});

describe('a server that is not there', () => {
  const failed = (code: string): Error =>
    new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });

  it('may come back, unless its certificate is wrong', () => {
    for (const code of ['ECONNREFUSED', 'ENOTFOUND', 'ECONNRESET', 'UND_ERR_SOCKET'])
      assert.equal(unreachable('big', failed(code)).isRetryable, true, code);
    for (const code of ['CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT'])
      assert.equal(unreachable('big', failed(code)).isRetryable, false, code);
    assert.match(unreachable('big', failed('ENOTFOUND')).message, /big can not be .*ENOTFOUND/);
  });

  it('has billed nothing where it was never reached, and perhaps where it broke off', () => {
    for (const code of ['ECONNREFUSED', 'ENOTFOUND', 'UND_ERR_CONNECT_TIMEOUT'])
      assert.equal(mayBeBilled(unreachable('big', failed(code))), false, code);
    for (const code of ['ECONNRESET', 'UND_ERR_SOCKET'])
      assert.equal(mayBeBilled(unreachable('big', failed(code))), true, code);
  });
});
