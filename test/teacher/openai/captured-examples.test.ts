import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createCapturedExamples } from '../../../src/teacher/openai/captured-examples.js';
import { decodeText, encodeText } from '../../../src/task/text-codec.js';

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

function open(given: Partial<Parameters<typeof createCapturedExamples>[0]> = {}) {
  return createCapturedExamples({
    readRows: async () => rows,
    textOf: decodeText,
    ...{ labels, countMax: 2, probabilityMin: 0.8, now: () => 0 },
    ...given,
  });
}

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
});
