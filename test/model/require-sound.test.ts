import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InvalidBundleError } from '../../src/errors.js';
import type { ModelThread } from '../../src/model/model-thread.js';
import { closeFailed, EndlessModelError, requireSound } from '../../src/model/require-sound.js';

function fakeThread(call: ModelThread['call']): ModelThread & { readonly closed: number } {
  let closed = 0;
  return {
    call,
    failure: undefined,
    ended: new Promise(() => {}),
    close: async () => void closed++,
    get closed() {
      return closed;
    },
  };
}
const endless = (): ModelThread & { readonly closed: number } =>
  fakeThread(() => new Promise(() => {}));

describe('a model that must be sound', () => {
  it('passes without a problem', async () => {
    await requireSound(
      fakeThread(async () => ({ kind: 'try', problems: [] })),
      [],
    );
  });

  it('is refused with all of its problems', async () => {
    const thread = fakeThread(async () => ({ kind: 'try', problems: ['one', 'another'] }));

    await assert.rejects(requireSound(thread, []), (error) => {
      assert.ok(error instanceof InvalidBundleError);
      assert.equal(error.message, 'one\nanother');
      return true;
    });
  });

  it('is given up when it never answers; nobody waits for the end of its thread', async () => {
    const thread = endless();

    await assert.rejects(requireSound(thread, [], 5), (error) => {
      assert.ok(error instanceof EndlessModelError);
      assert.match(error.message, /not answered a few inputs within 0\.005 s: it has an endless/);
      return true;
    });
    await closeFailed(thread, new EndlessModelError('too long'));
    assert.equal(thread.closed, 0);
    await closeFailed(thread, new InvalidBundleError('not finite'));
    assert.equal(thread.closed, 1);
  });
});
