import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keepOpen, reopenAfterMs, type Keepable } from '../../src/threads/keep-open.js';

/** A thread that dies when the test says so. */
class FakeThread implements Keepable {
  failure: Error | undefined;
  closedTimes = 0;
  private end!: () => void;
  readonly ended = new Promise<void>((resolve) => (this.end = resolve));

  constructor(readonly name: string) {}

  die(): void {
    this.failure = new Error(`${this.name} died`);
    this.end();
  }
  async close(): Promise<void> {
    this.closedTimes++;
  }
}

/** Threads are opened by hand: `openings` holds what the test has not let through yet. */
function rig(first?: FakeThread) {
  const openings: { resolve: (thread: FakeThread) => void; reject: (error: Error) => void }[] = [];
  const clock = { ms: 0 };
  const kept = keepOpen<FakeThread>({
    open: () => new Promise((resolve, reject) => openings.push({ resolve, reject })),
    ...(first === undefined ? {} : { first }),
    refused: (cause) => new Error(`refused: ${cause.message}`),
    closed: () => new Error('closed'),
    nowMs: () => clock.ms,
  });
  const name = () => kept.use(async (thread) => thread.name);
  return { kept, openings, clock, name };
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a thread that is kept open', () => {
  it('is called at once while it is alive', async () => {
    const { kept, openings } = rig(new FakeThread('a'));
    let isCalled = false;

    const call = kept.use(async () => (isCalled = true));

    assert.equal(isCalled, true);
    await call;
    assert.equal(openings.length, 0);
  });

  it('is opened once for all the uses that come after its death', async () => {
    const first = new FakeThread('a');
    const { openings, name } = rig(first);
    first.die();

    const uses = [name(), name()];
    await turn();
    uses.push(name());
    openings[0]!.resolve(new FakeThread('b'));

    assert.deepEqual(await Promise.all(uses), ['b', 'b', 'b']);
    assert.equal(await name(), 'b');
    assert.equal(openings.length, 1);
  });

  it('is opened by the first use when it was not open', async () => {
    const { openings, name } = rig();

    const use = name();
    await turn();
    openings[0]!.resolve(new FakeThread('a'));

    assert.equal(await use, 'a');
  });

  it('is opened only after the dead one is gone', async () => {
    const first = new FakeThread('a');
    const { openings, name } = rig(first);
    first.failure = new Error('an exception, and its thread still ends');

    const use = name();
    await turn();
    assert.equal(openings.length, 0);
    first.die();
    await turn();
    openings[0]!.resolve(new FakeThread('b'));

    assert.equal(await use, 'b');
  });

  it('that can not be opened rejects its uses, and is tried again a second later', async () => {
    const first = new FakeThread('a');
    const { openings, clock, name } = rig(first);
    first.die();
    const uses = [name(), name()].map((use) => assert.rejects(use, /^Error: refused: no file$/));
    await turn();
    openings[0]!.reject(new Error('no file'));
    await Promise.all(uses);

    clock.ms = reopenAfterMs - 1;
    await assert.rejects(name(), /^Error: refused: no file$/);
    assert.equal(openings.length, 1);

    clock.ms = reopenAfterMs;
    const use = name();
    await turn();
    openings[1]!.resolve(new FakeThread('b'));
    assert.equal(await use, 'b');
  });

  it('that dies of each call is opened at most once a second', async () => {
    const first = new FakeThread('a');
    const { openings, clock, name } = rig(first);
    first.die();
    const use = name();
    await turn();
    const second = new FakeThread('b');
    openings[0]!.resolve(second);
    await use;
    second.die();

    await assert.rejects(name(), /^Error: b died$/);
    assert.equal(openings.length, 1);

    clock.ms = reopenAfterMs;
    const later = name();
    await turn();
    openings[1]!.resolve(new FakeThread('c'));
    assert.equal(await later, 'c');
  });

  it('closes after the uses that wait for its opening, once', async () => {
    const first = new FakeThread('a');
    const { kept, openings, name } = rig(first);
    first.die();
    const use = name();
    await turn();

    const closed = Promise.all([kept.close(), kept.close()]);

    await assert.rejects(name(), /^Error: closed$/);
    const second = new FakeThread('b');
    openings[0]!.resolve(second);
    assert.equal(await use, 'b');
    await closed;
    assert.equal(second.closedTimes, 1);
  });

  it('closes when its opening fails, and when it was never opened', async () => {
    const { kept, openings, name } = rig();
    const use = assert.rejects(name(), /refused/);
    const closed = kept.close();
    await turn();
    openings[0]!.reject(new Error('no file'));

    await use;
    await closed;
    await rig().kept.close();
  });
});
