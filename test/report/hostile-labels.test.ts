import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { evaluationPage } from '../../src/report/evaluation-page.js';
import { labelName, plain } from '../../src/report/markdown.js';
import { visible } from '../../src/report/visible.js';
import { evaluationDetailsJson, evaluationPageJson } from '../support/evaluated.js';

const hostile = [
  '<script>alert(1)</script>',
  '"/><image href="https://example.com/x"/>',
  'a|b](javascript:alert(1))![x](https://example.com/x.png)\n# Promoted\n\u0000\u202e',
];
const files = evaluationPage(evaluationPageJson({ details: evaluationDetailsJson(hostile) }));

describe('labels that try to be more than names', () => {
  it('stay texts in the pictures', () => {
    const elements = new Set<string>();
    for (const [file, content] of files)
      if (file.endsWith('.svg'))
        for (const [, name] of content.matchAll(/<\/?([^\s/>]+)/g)) elements.add(name!);

    const drawn = ['circle', 'desc', 'line', 'polygon', 'polyline', 'rect', 'style', 'svg'];
    assert.deepEqual([...elements].sort(), [...drawn, 'text', 'title']);
    const confusion = files.get('confusion.svg')!;
    assert.match(confusion, />&lt;script&gt;alert\(1\)&lt;/);
    assert.doesNotMatch(confusion, /[\u0000-\u0009\u202e]|&(?!amp;|lt;|gt;|quot;)/);
  });

  it('stay in their cells of the tables', () => {
    const page = files.get('evaluation.md')!;
    const rows = page.split('\n').filter((line) => line.startsWith('|'));

    assert.doesNotMatch(page, /^# Promoted/m);
    assert.doesNotMatch(page, /\u0000|\u202e/);
    for (const row of rows) {
      const bare = row.replaceAll(/\\./g, '').replaceAll(/`[^`]*`/g, '');
      assert.doesNotMatch(bare, /[<>]|\]\(/, row);
    }
    const classes = rows.filter((row) => /script|image|javascript/.test(row));
    const cellsOf = (row: string): number => row.replaceAll(/\\./g, '').split('|').length - 2;
    assert.deepEqual([...new Set(classes.map(cellsOf))].sort(), [4, 5]);
  });

  it('can be told apart: what is not seen is written as its number', () => {
    assert.equal(visible('a\u200bb\n'), 'a\\u200bb\\u000a');
    assert.equal(visible('  '), '"  "');
    assert.equal(visible('\ud800'), '\\ud800');
    assert.equal(visible('x'.repeat(100)).length, 60);
    assert.equal(visible('\u{1f600}'), '\u{1f600}');
  });

  it('are code where code takes them, and escaped where it does not', () => {
    assert.equal(labelName('card_arrival'), '`card_arrival`');
    assert.equal(labelName('a`b'), 'a\\`b');
    assert.equal(labelName('a|b\\|c'), 'a\\|b\\\\\\|c');
    assert.equal(plain('*bold* <b> [x](y)'), '\\*bold\\* \\<b\\> \\[x\\](y)');
  });
});
