import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { setImmediate as setTurn } from 'node:timers';
import { setImmediate } from 'node:timers/promises';
import {
  createCapturedExamples,
  type CapturedExamples,
} from '../../../src/teacher/openai/captured-examples.js';
import { createPoolFiller, type ExamplePool } from '../../../src/teacher/openai/example-pool.js';
import {
  createExampleSearch,
  type ExampleSearch,
} from '../../../src/teacher/openai/example-search.js';
import { decodeText, encodeText } from '../../../src/task/text-codec.js';
import { createGate } from '../../support/gate.js';

const labels = ['card', 'parcel'];
const row = (text: string, label: number, sure: number | null = null) => ({
  input: encodeText(text),
  label,
  probabilities: sure === null ? null : Float64Array.of(1 - sure, 1 - sure).with(label, sure),
});
const rows = [
  row('my card is lost', 0, 0.95),
  row('the parcel is late', 1, 0.9),
  row('parcel late again', 1),
  row('a card that was stolen', 0, 0.5),
  row('my card does not work', 0, 0.99),
];

/** A search without a thread, which says what it was asked for. */
function createHere(): ExampleSearch & { readonly calls: string[]; lose(): void } {
  let filler = createPoolFiller(0);
  let pool: ExamplePool | null = null;
  const calls: string[] = [];
  return {
    calls,
    async start(examplesMax) {
      calls.push(`start ${examplesMax}`);
      filler = createPoolFiller(examplesMax);
    },
    async add(examples) {
      calls.push(`add ${examples.length}`);
      filler.add(examples);
    },
    async finish() {
      calls.push('finish');
      return (pool = filler.pool()).count;
    },
    async find(text, countMax) {
      calls.push('find');
      return pool?.likest(text, countMax) ?? null;
    },
    forget() {
      calls.push('forget');
      pool = null;
    },
    lose: () => void (pool = null),
    close: async () => {},
  };
}

function open(
  given: Partial<Parameters<typeof createCapturedExamples>[0]> = {},
): CapturedExamples['find'] {
  const examples = create(given);
  return (input) => examples.find(input);
}
const create = (given: Partial<Parameters<typeof createCapturedExamples>[0]>) =>
  createCapturedExamples({
    readRows: async () => rows,
    textOf: decodeText,
    ...{ labels, countMax: 2, probabilityMin: 0.8, now: () => 0, search: createHere() },
    ...given,
  });
const textsOf = (examples: readonly { readonly input: string }[]): readonly string[] =>
  examples.map(({ input }) => input);

describe('examples from captured rows', () => {
  it('are the likest ones, the likest last, of every label some', async () => {
    const examples = await open()(encodeText('where is my lost card'));

    assert.equal(examples.length, 2);
    assert.deepEqual(examples.at(-1), { input: 'my card is lost', label: 'card' });
    // "my card does not work" is more like it, but then both would be cards.
    assert.equal(examples[0]!.label, 'parcel');
  });

  it('are filled up where other labels have nothing alike', async () => {
    const examples = await open()(encodeText('my card'));

    assert.deepEqual(
      examples.map(({ label }) => label),
      ['card', 'card'],
    );
  });

  it('never hold the input itself', async () => {
    const examples = await open({ countMax: 9 })(encodeText('my card is lost'));

    assert.ok(!examples.some(({ input }) => input === 'my card is lost'));
    assert.ok(examples.length > 0);
  });

  it('are rows that the teacher was sure of, or gave no probability', async () => {
    const examples = await open({ countMax: 9 })(encodeText('a card is a parcel'));
    const texts = examples.map(({ input }) => input);

    assert.ok(!texts.includes('a card that was stolen'));
    assert.ok(texts.includes('parcel late again'));
  });

  it('are none where the log has none', async () => {
    assert.deepEqual(await open({ readRows: async () => [] })(encodeText('x')), []);
  });

  it('are read again after a while, and after a failure', async () => {
    let [reads, nowMs] = [0, 0];
    const readRows = async () => {
      if (reads++ === 0) throw new Error('no log');
      return rows;
    };
    const find = open({ readRows, now: () => nowMs });

    await assert.rejects(find(encodeText('card')), /no log/);
    await find(encodeText('card'));
    await find(encodeText('card'));
    assert.equal(reads, 2);
    nowMs = 60_000; // Few rows: there may soon be more.
    await find(encodeText('card'));
    assert.equal(reads, 3);
  });

  it('are read seldom where they are many', async () => {
    let [reads, nowMs] = [0, 0];
    const many = Array.from({ length: 300 }, (_, k) => row(`card ${k}`, 0));
    const readRows = async () => {
      reads++;
      return many;
    };
    const find = open({ readRows, now: () => nowMs });
    for (nowMs = 0; nowMs < 1_200_000; nowMs += 60_000) await find(encodeText('card'));

    assert.equal(reads, 2);
  });

  it('are those of before while they are read again, and while they can not be', async () => {
    let nowMs = 0;
    const gate = createGate();
    const later = [() => gate.promise, () => Promise.reject(new Error('no log'))];
    const readRows = async () => {
      if (nowMs > 0) await later.pop()!();
      return nowMs === 0 ? rows : [row('another card', 0)];
    };
    const find = open({ readRows, now: () => nowMs });
    const before = await find(encodeText('my card'));
    nowMs = 60_000;
    const failing = await find(encodeText('my card'));
    await setImmediate();
    const reading = await find(encodeText('my card'));
    gate.open();
    while (textsOf(await find(encodeText('my card')))[0] !== 'another card') await setImmediate();

    assert.deepEqual(failing, before);
    assert.deepEqual(reading, before);
    assert.equal(later.length, 0);
  });

  it('are none of those that were erased, however far a look at them was', async () => {
    const before = [row('my old card', 0)];
    const [gates, reads] = [
      [createGate(), createGate()],
      [before, before, rows],
    ];
    const search = createHere();
    let read = 0;
    const readRows = async () => {
      const mine = read++;
      await gates[mine]?.promise;
      return reads[mine]!;
    };
    const examples = create({ readRows, search });
    const finding = examples.find(encodeText('my card'));
    examples.forget(); // While rows are read that are no more in the log.
    gates[0]!.open();
    await setImmediate();
    gates[1]!.open();
    assert.deepEqual(textsOf(await finding), ['my old card']);
    const searching = examples.find(encodeText('my card'));
    examples.forget(); // While the pool is searched that has one.
    const afterwards = await searching;

    assert.equal(read, 3);
    assert.ok(!textsOf(afterwards).includes('my old card'));
    assert.equal(search.calls.filter((call) => call === 'forget').length, 2);
  });

  it('cost the event loop one call a row, and are read in slices of so many bytes', async () => {
    const search = createHere();
    let turns = 0;
    let texts = 0;
    const text = 'x'.repeat(400);
    const many = Array.from({ length: 20_000 }, (_, k) => row(`${text} ${k}`, 0));
    const long = row('x'.repeat(16_001), 0);
    const find = open({
      search,
      readRows: async () => [long, ...many, row('y'.repeat(4001), 0)],
      textOf(input) {
        texts++;
        return decodeText(input);
      },
    });
    const count = (): void => {
      turns++;
      if (!search.calls.includes('find')) setTurn(count);
    };
    setTurn(count);
    await find(encodeText('x'));
    const [ofPool, slices] = [texts, search.calls.filter((call) => call.startsWith('add'))];
    for (let k = 0; k < 10; k++) await find(encodeText('x'));

    assert.equal(ofPool, 20_002); // Long ones are left aside by their bytes alone.
    assert.ok(slices.every((call) => Number(call.slice(4)) * 402 <= 65_536));
    assert.ok(turns >= slices.length, `${turns} turns for ${slices.length} slices`);
    assert.equal(texts, ofPool + 10);
    assert.deepEqual(search.calls.slice(-11), Array(11).fill('find'));
  });

  it('are found in a thread, which the first row starts, and again when it has ended', async () => {
    const threads: Worker[] = [];
    const take = (thread: Worker): void => void threads.push(thread);
    process.on('worker', take);
    const examples = create({ search: createExampleSearch('llm') });
    examples.forget();
    assert.equal(threads.length, 0);
    const first = await examples.find(encodeText('where is my lost card'));
    await threads[0]!.terminate();
    const second = await examples.find(encodeText('where is my lost card'));
    await examples.close();
    process.off('worker', take);

    assert.equal(first.at(-1)!.input, 'my card is lost');
    assert.deepEqual(second, first);
    assert.deepEqual(
      threads.map(({ threadId }) => threadId),
      [-1, -1], // What Node says of threads that have ended.
    );
    await assert.rejects(examples.find(encodeText('x')), /teacher llm .* is closed/);
  });
});
