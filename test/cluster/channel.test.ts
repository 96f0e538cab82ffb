import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { callsMax, createChannel, type Handlers } from '../../src/cluster/channel.js';
import { CancelledError, OverloadedError, TeacherTimeoutError } from '../../src/errors.js';
import { joinedPorts } from '../support/joined-ports.js';
import { turnsOfTheLoop } from '../support/until.js';

type Asked = {
  readonly double: { readonly argument: Float64Array; readonly result: Map<string, number> };
  readonly fail: { readonly argument: Error; readonly result: null };
  readonly wait: { readonly argument: null; readonly result: null };
};
type Nothing = Readonly<Record<string, never>>;

const fails = (): never => {
  throw new Error('not implemented');
};

/** A channel to an end that answers with these handlers. */
function channelTo(given: Partial<Handlers<Asked>>) {
  const { ends, cut } = joinedPorts();
  const handlers = { double: fails, fail: fails, wait: fails, ...given };
  createChannel<Asked, Nothing>(ends[1], handlers, () => new CancelledError('gone'));
  const channel = createChannel<Nothing, Asked>(ends[0], {}, () => new CancelledError('gone'));
  return { channel, cut };
}

describe('a channel between processes', () => {
  it('brings arguments and results over as what they are', async () => {
    const { channel } = channelTo({
      double: (numbers) => new Map([...numbers].map((number, k) => [`${k}`, 2 * number])),
    });

    const results = await Promise.all([
      channel.call('double', Float64Array.of(1, 2)),
      channel.call('double', Float64Array.of(5)),
    ]);

    assert.deepEqual(results, [
      new Map([
        ['0', 2],
        ['1', 4],
      ]),
      new Map([['0', 10]]),
    ]);
  });

  it('rejects with an error of the class that the other end threw', async () => {
    const thrown = new Map<string, Error>([
      ['late', new TeacherTimeoutError('late', { timeoutMs: 5 })],
      ['full', new OverloadedError('full', 7)],
      ['a bug', new RangeError('a bug')],
    ]);
    const { channel } = channelTo({
      fail: ({ message }) => {
        throw thrown.get(message)!;
      },
    });
    const thrownFor = (message: string): Promise<unknown> =>
      channel.call('fail', new Error(message)).catch((error: unknown) => error);

    const late = await thrownFor('late');
    const full = await thrownFor('full');
    const bug = await thrownFor('a bug');

    assert.ok(late instanceof TeacherTimeoutError && late.details['timeoutMs'] === 5);
    assert.ok(full instanceof OverloadedError && full.retryAfterSeconds === 7);
    assert.ok(bug instanceof Error && bug.message === 'a bug');
  });

  it('tells the other end to stop, which decides how the call ends', async () => {
    const hangUp = new AbortController();
    const isGone = AbortSignal.abort();
    const { channel } = channelTo({
      wait: (_argument, signal) =>
        new Promise((_resolve, reject) => {
          const stop = (): void => reject(new CancelledError('stopped there'));
          if (signal.aborted) stop();
          signal.addEventListener('abort', stop);
        }),
    });

    const later = channel.call('wait', null, hangUp.signal);
    const before = channel.call('wait', null, isGone);
    hangUp.abort();

    const stopped = { name: 'CancelledError', message: 'stopped there' };
    // Both at once: one that nobody hears while the other is awaited would end the process.
    await Promise.all([assert.rejects(later, stopped), assert.rejects(before, stopped)]);
  });

  it('rejects what waits when the other end goes, and later calls, but no telling', async () => {
    let stopped = 0;
    const { channel, cut } = channelTo({
      wait: (_argument, signal) =>
        new Promise(() => signal.addEventListener('abort', () => stopped++)),
    });
    const waiting = channel.call('wait', null);
    await turnsOfTheLoop();

    cut();

    await assert.rejects(waiting, { name: 'CancelledError', message: 'gone' });
    await assert.rejects(channel.call('wait', null), { message: 'gone' });
    channel.tell('wait', null);
    assert.equal(stopped, 1); // Nobody waits for the answer: the work ends, too.
  });

  it('keeps what is told and called in one order', async () => {
    const order: number[] = [];
    const { channel } = channelTo({
      double: ([first]) => {
        order.push(first!);
        return new Map();
      },
    });

    channel.tell('double', Float64Array.of(1));
    const called = channel.call('double', Float64Array.of(2));
    channel.tell('double', Float64Array.of(3));
    await called;
    await turnsOfTheLoop();

    assert.deepEqual(order, [1, 2, 3]);
  });

  it('refuses calls past a number that wait, and takes others when they are answered', async () => {
    const held: ((result: null) => void)[] = [];
    const { channel } = channelTo({ wait: () => new Promise((resolve) => held.push(resolve)) });
    const waiting = Array.from({ length: callsMax }, () => channel.call('wait', null));

    await assert.rejects(channel.call('wait', null), OverloadedError);
    await turnsOfTheLoop();
    for (const answer of held) answer(null);
    await Promise.all(waiting);

    const next = channel.call('wait', null);
    await turnsOfTheLoop();
    held.at(-1)!(null);
    assert.equal(await next, null);
  });

  it('rejects a call whose argument can not be copied, and goes on', async () => {
    const { channel } = channelTo({ double: () => new Map() });

    const broken = channel.call('double', (() => {}) as never);

    await assert.rejects(broken, /could not be cloned/);
    assert.deepEqual(await channel.call('double', Float64Array.of()), new Map());
  });
});
