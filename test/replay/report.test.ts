import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chartOf } from '../../src/replay/report-chart.js';
import { markdownOf } from '../../src/replay/report-markdown.js';
import { reportReplay } from '../../src/replay/replay-report.js';
import { plainTable } from '../../src/report/table.js';
import { coldRow, replayedOf, studentRow } from './replayed.js';

const rows = [
  ...Array.from({ length: 20 }, () => coldRow()),
  ...Array.from({ length: 20 }, (_, k) => studentRow(k === 0 ? 1 : 0)),
];
const events = [
  { atRow: 20, kind: 'run-promoted', text: 'Promoted.' },
  { atRow: 30, kind: 'certificate-lost', text: 'Answers differ.' },
];
const about = { file: 'cards & <b>.csv', how: ['40 rows'], riskMax: 0.05, delta: 0.1 };
const report = reportReplay({ ...about, windows: 2, seed: 3 }, replayedOf(rows, events));

describe('the page of a replay', () => {
  const page = markdownOf(report, 'seed-3.svg');

  it('has each window, their sum, and the other rules', () => {
    const lines = page.split('\n').filter((line) => line.startsWith('|'));
    const cells = lines.map((line) => line.split('|').map((cell) => cell.trim()));
    const found = (name: string): string[] => cells.find((row) => row[1] === name)!.slice(2, -1);

    assert.deepEqual(found('1-20').slice(0, 2), ['0.0 %', '-']);
    assert.deepEqual(found('21-40').slice(0, 2), ['100.0 %', '95.0 %']);
    assert.deepEqual(found('all').slice(4), ['97.5 %', '20', '20.000', '1 (1 promoted)']);
    assert.deepEqual(found('teacher for all'), ['0.0 %', '-', '100.0 %', '100.0 %', '40']);
    assert.deepEqual(found('fixed threshold 0.9'), ['50.0 %', '5.0 %', '97.5 %', '97.5 %', '20']);
  });

  it('names what happened, and the picture', () => {
    assert.match(page, /\| 30 +\| +certificate-lost \| +Answers differ. \|/);
    assert.match(page, /\]\(seed-3\.svg\)/);
  });
});

describe('the picture of a replay', () => {
  const chart = chartOf(report);

  it('is well-formed, whatever the file is called', () => {
    const opened = [...chart.matchAll(/<([a-z]+)[^>]*[^/]>/g)].map(([, name]) => name);
    const closed = [...chart.matchAll(/<\/([a-z]+)>/g)].map(([, name]) => name);

    assert.deepEqual(opened.sort(), closed.sort());
    for (const [tag] of chart.matchAll(/<[a-z][^>]*>/g)) {
      const attributes = [...tag.matchAll(/ ([a-z-]+)="/gi)].map(([, name]) => name);
      assert.equal(new Set(attributes).size, attributes.length, tag);
    }
    assert.match(chart, /Replay of cards &amp; &lt;b&gt;\.csv/);
    assert.doesNotMatch(chart, /NaN|Infinity|undefined/);
  });

  it('shows shares, teacher rows of each rule, promotions and alarms', () => {
    for (const shown of ['>100 %<', 'this gateway: 20', 'teacher for all: 40', '>alarm<'])
      assert.ok(chart.includes(shown), shown);
  });
});

describe('a table in a terminal', () => {
  it('has names to the left and numbers to the right', () => {
    assert.equal(
      plainTable([
        ['', 'rows'],
        ['all', '7'],
      ]),
      '      rows\nall      7',
    );
  });
});
