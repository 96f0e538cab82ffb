import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { evaluationPage } from '../../src/report/evaluation-page.js';
import { evaluationDetailsJson, evaluationPageJson } from '../support/evaluated.js';

const filesOf = (...changes: Parameters<typeof evaluationPageJson>): ReadonlyMap<string, string> =>
  evaluationPage(evaluationPageJson(...changes));
const pageOf = (...changes: Parameters<typeof evaluationPageJson>): string =>
  filesOf(...changes).get('evaluation.md')!;

describe('the page of an evaluation', () => {
  it('has all parts, and every picture that it names', () => {
    const files = filesOf();

    const page = files.get('evaluation.md')!;
    assert.deepEqual(
      [...page.matchAll(/^## (.*)$/gm)].map(([, name]) => name),
      [
        ...['Gates', 'Summary', 'Training', 'Risk over coverage', 'Calibration', 'Classes'],
        ...['Confusion', 'Lineage'],
      ],
    );
    const pictures = [...page.matchAll(/!\[[^\]]+\]\(([a-z]+\.svg)\)/g)].map(([, file]) => file);
    assert.deepEqual(pictures, ['loss.svg', 'risk.svg', 'calibration.svg', 'confusion.svg']);
    for (const file of pictures) assert.match(files.get(file)!, /^<svg [\s\S]*<\/svg>\n$/);
  });

  it('says first what has become of the candidate, and why', () => {
    const page = pageOf();

    assert.match(page, /^# Evaluation of v3-00000003\n\n\*\*Rejected\.\*\* Run run-1 of the task/);
    assert.match(
      page,
      /took 12\.5 s; the student that served was v2-00000002\.\n\n- It agrees less/,
    );
    assert.match(page, /\| agreement \| \*\*failed\*\* \| It agrees less\. +\|/);
  });

  it('compares both on the same rows, with intervals and the test, and says which rows', () => {
    const page = pageOf();

    assert.match(
      page,
      /agreement with the teacher, 6 holdout rows \| +83\.3 % \(\d+\.\d to \d+\.\d\)/,
    );
    assert.match(page, /\+16\.7 points \(-\d+\.\d to \+\d+\.\d\)/);
    assert.match(page, /of 6 rows v3-00000003 alone has 1 right, v2-00000002 alone 0 .* p = 1\)/);
    assert.match(page, /6 holdout rows \(2023-11-14 22:13 UTC to 2023-11-14 22:18 UTC\)/);
    assert.match(page, /none is ever trained on/);
  });

  it('tells the lineage: rows, time span, snapshot, code, seed', () => {
    const page = pageOf();

    for (const fact of [
      /training rows +\| 270/,
      /captured from, to +\| 2023-11-13 18:26 UTC to 2023-11-14 22:13 UTC/,
      /SHA-256 of the snapshot \| `(cd){32}`/,
      /code +\| `0\.1\.0 \(1f9a03c2\)`/,
      /seed +\| 7/,
    ])
      assert.match(page, fact);
  });

  it('has the whole of its content as JSON beside it', () => {
    const content = JSON.parse(filesOf().get('evaluation.json')!) as unknown;

    assert.deepEqual(content, evaluationPageJson());
  });

  it('says so where the trainer tells no losses', () => {
    const run = { ...evaluationPageJson().run!, trainer: 'python3 train.py' };
    const files = filesOf({ run, training: null, curve: null });

    assert.match(files.get('evaluation.md')!, /program of its own \(python3 train\.py\).*no curve/);
    assert.equal(files.has('loss.svg'), false);
  });

  it('says of weights in 8 bits whose they are, and what they came to', () => {
    const compression = {
      of: 'v2-00000002',
      bytes: { before: 4_000_000, after: 1_100_000 },
      runMs: { before: 6.7, after: 2.7 },
      batchMs: { before: 60, after: 25, rows: 32 },
      ...{ rows: 500, sameLabel: 0.998, probabilityGap: 0.0123 },
    };

    const page = pageOf({ compression, training: null, curve: null });

    assert.match(page, /## Weights in 8 bits\n\nNothing was trained: these are the weights of v2-/);
    assert.match(page, /\| size +\| 4,000,000 bytes \| 1,100,000 bytes \|/);
    assert.doesNotMatch(page, /## Training/);
  });

  it('is short where the run ended before there was a candidate', () => {
    const run = { ...evaluationPageJson().run!, state: 'skipped' as const };
    const nothing = { details: null, training: null, curve: null, snapshot: null, gates: [] };
    const files = filesOf({ run: { ...run, reasons: ['Only 3 rows.'] }, ...nothing });

    const page = files.get('evaluation.md')!;
    assert.match(page, /^# Run run-1\n\n\*\*Not trained: .*\n\n- Only 3 rows\.\n\n## Lineage/);
    assert.deepEqual([...files.keys()], ['evaluation.md', 'evaluation.json']);
  });

  it('does not sound like waiting for rows where no run can train the student', () => {
    const run = { ...evaluationPageJson().run!, state: 'untrainable' as const };
    const page = pageOf({ run: { ...run, reasons: ['LRN (l1) is not covered.'] }, details: null });

    assert.match(
      page,
      /\*\*Not trained: no run can, as things are; more rows do not change that\.\*\* /,
    );
    assert.match(page, /\n- LRN \(l1\) is not covered\.\n/);
  });

  it('draws nothing of a model that is not finite, and says so', () => {
    const whole = evaluationDetailsJson();
    const student = { ...whole.student, answers: null };
    const details = { ...whole, student, agreement: null, accuracy: null };
    const files = filesOf({ details });

    assert.match(files.get('evaluation.md')!, /\*\*v3-00000003 gives NaN or infinity/);
    assert.ok(files.has('risk.svg')); // Of the one that serves.
    assert.ok(!files.has('confusion.svg') && !files.has('calibration.svg'));
  });

  it('lists the worst 20 of many classes, and their pairs in place of a picture', () => {
    const whole = evaluationDetailsJson();
    const labels = Array.from({ length: 150 }, (_, k) => `intent_${k}`);
    const one = whole.student.answers!;
    const classes = labels.map((_, label) => {
      const recall = { estimate: label / 150, low: 0, high: 1, rows: 10 };
      return { label, recall, precision: recall };
    });
    const confusions = labels.map((_, k) => ({ teacher: k, student: (k + 1) % 150, rows: 2 }));
    const student = { ...whole.student, answers: { ...one, classes, confusions } };

    const files = filesOf({ details: { ...whole, labels, student, other: null } });

    const page = files.get('evaluation.md')!;
    const listed = [...page.matchAll(/^\| `intent_(\d+)` +\| +10 \|/gm)].map(([, k]) => Number(k));
    assert.deepEqual(listed, [...Array(20).keys()]);
    assert.match(page, /The 20 worst of 150 classes; `evaluation\.json` has all\./);
    assert.match(page, /The 20 most frequent of 150 pairs:/);
    assert.equal(files.has('confusion.svg'), false);
  });
});
