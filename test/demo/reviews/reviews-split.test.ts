import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadReviewsSplit } from '../../../src/demo/reviews/reviews-split.js';
import { reviewPhases } from '../../../src/demo/reviews/reviews-story.js';

const split = loadReviewsSplit();
const { stream, teacherTraining } = split;
const sent = Object.values(stream).flat();
const wordsOf = (text: string): string =>
  text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .join('');

describe('the sentences of reviews', () => {
  it('are all that are different, two parts of each source', () => {
    const sizes = Object.fromEntries(
      Object.entries(stream).map(([name, own]) => [name, own.length]),
    );

    // Python: len({re.sub('[^a-z0-9]', '', text.lower())}) of the three files is 2969 in all, 995
    // of Yelp, 995 of IMDB that are no sentence of Yelp, 979 of Amazon that are of neither.
    assert.deepEqual(sizes, { yelp: 845, imdb: 845, amazon: 829 });
    assert.equal(teacherTraining.length, 450);
  });

  it('are in one part alone, whatever their case and marks', () => {
    const different = new Set([...teacherTraining, ...sent].map(({ text }) => wordsOf(text)));

    assert.equal(different.size, teacherTraining.length + sent.length);
  });

  it('are judged positive about as often as negative', () => {
    const positive = sent.filter(({ label }) => label === 1).length / sent.length;

    assert.ok(Math.abs(positive - 0.5) < 0.03, `got ${positive}`);
  });

  it('are split alike each time, and by how many the teacher learns from', () => {
    const again = loadReviewsSplit();
    const few = loadReviewsSplit(10);

    assert.deepEqual(again, split);
    assert.equal(few.teacherTraining.length, 30);
    assert.deepEqual(few.teacherTraining.slice(0, 10), teacherTraining.slice(0, 10));
  });
});

describe('the traffic of the demo of reviews', () => {
  const phases = reviewPhases(split, ['negative', 'positive']);

  it('goes from Yelp to IMDB to Amazon, and sends no sentence twice', () => {
    const texts = phases.flatMap(({ rows }) => rows.map(({ input }) => wordsOf(input)));

    assert.deepEqual(
      phases.map(({ title, rows, endsWithRun }) => [title, rows.length, endsWithRun]),
      [
        ['Yelp', 450, true],
        ['Yelp', 350, false],
        ['IMDB', 350, true],
        ['IMDB', 350, false],
        ['Amazon', 350, false],
      ],
    );
    assert.equal(new Set(texts).size, 1850);
  });

  it('has nothing that the teacher has learnt', () => {
    const learnt = new Set(teacherTraining.map(({ text }) => text));

    assert.ok(phases.every(({ rows }) => rows.every(({ input }) => !learnt.has(input))));
  });

  it('has the labels by their names', () => {
    const [first] = phases;
    const [review] = stream.yelp;

    assert.deepEqual(first!.rows[0], {
      input: review!.text,
      label: review!.label === 1 ? 'positive' : 'negative',
    });
  });
});
