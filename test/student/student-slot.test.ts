import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSlot } from '../../src/student/student-slot.js';

class Version {
  closeCount = 0;
  constructor(readonly name: string) {}
  async close(): Promise<void> {
    this.closeCount++;
  }
}

/** Lets promises that are ready go on. */
const turn = (): Promise<void> => new Promise(setImmediate);

function slotWith(name: string) {
  const slot = createSlot<Version>();
  const first = new Version(name);
  void slot.swap(first);
  return { slot, first };
}

describe('a student slot', () => {
  it('is empty at first, and gives out nothing', () => {
    const slot = createSlot<Version>();

    assert.equal(slot.acquire(), null);
    assert.equal(slot.peek(), null);
  });

  it('gives the same version to every request until it is swapped', () => {
    const { slot, first } = slotWith('v1');

    assert.equal(slot.acquire()!.value, first);
    assert.equal(slot.acquire()!.value, first);
    assert.equal(slot.peek(), first);
  });

  it('puts the next version in front at once, while the old one is in use', async () => {
    const { slot, first } = slotWith('v1');
    const lease = slot.acquire()!;
    const second = new Version('v2');

    const swapped = slot.swap(second);

    assert.equal(slot.acquire()!.value, second);
    assert.equal(lease.value, first);
    await turn();
    assert.equal(first.closeCount, 0);
    lease.release();
    await swapped;
    assert.deepEqual([first.closeCount, second.closeCount], [1, 0]);
  });

  it('closes an old version that nobody uses right away', async () => {
    const { slot, first } = slotWith('v1');
    slot.acquire()!.release();

    await slot.swap(new Version('v2'));

    assert.equal(first.closeCount, 1);
  });

  for (const order of [
    [0, 1, 2],
    [2, 1, 0],
    [1, 2, 0],
  ]) {
    it(`closes it after its last request, when they end in the order ${order.join()}`, async () => {
      const { slot, first } = slotWith('v1');
      const leases = [0, 1, 2].map(() => slot.acquire()!);
      const swapped = slot.swap(null);

      for (const [done, index] of order.entries()) {
        assert.equal(first.closeCount, 0, `closed after ${done} of 3`);
        leases[index]!.release();
        await turn();
      }

      await swapped;
      assert.equal(first.closeCount, 1);
    });
  }

  it('counts a lease once, however often it is released', async () => {
    const { slot, first } = slotWith('v1');
    const [twice, other] = [slot.acquire()!, slot.acquire()!];
    const swapped = slot.swap(null);

    twice.release();
    twice.release();
    await turn();

    assert.equal(first.closeCount, 0);
    other.release();
    other.release();
    await swapped;
    assert.equal(first.closeCount, 1);
  });

  it('closes each of several versions once, when they are swapped under use', async () => {
    const { slot, first } = slotWith('v1');
    const [second, third] = [new Version('v2'), new Version('v3')];
    const onFirst = slot.acquire()!;
    const toSecond = slot.swap(second);
    const onSecond = slot.acquire()!;
    const toThird = slot.swap(third);
    const toNone = slot.swap(null);

    await toNone; // Nobody used the third.
    onSecond.release();
    await toThird;
    assert.deepEqual(
      [first, second, third].map(({ closeCount }) => closeCount),
      [0, 1, 1],
    );
    onFirst.release();
    await toSecond;

    assert.equal(first.closeCount, 1);
    assert.equal(slot.acquire(), null);
  });

  it('passes on that an old version could not be closed', async () => {
    const { slot, first } = slotWith('v1');
    first.close = () => Promise.reject(new Error('stuck'));
    const second = new Version('v2');

    await assert.rejects(slot.swap(second), { message: 'stuck' });

    assert.equal(slot.peek(), second);
  });
});
