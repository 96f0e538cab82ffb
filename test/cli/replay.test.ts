import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { WindowReport } from '../../src/replay/windows.js';
import { writeLabelledImages } from '../../src/task/labelled-images.js';
import { runProgram } from '../support/gateway-process.js';
import { seededDraw } from '../support/seeded-draw.js';
import { writeSquaresFile } from '../support/squares-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();

interface SavedReport {
  readonly byWindow: readonly WindowReport[];
  readonly total: WindowReport;
  readonly routings: readonly { readonly name: string; readonly teacherRows: number }[];
}
const savedIn = (out: string): SavedReport =>
  JSON.parse(readFileSync(join(out, 'seed-4.json'), 'utf8')) as SavedReport;

/** A student soon learns them: bright where the first pixel is. */
async function writeSquares(path: string, rows: number): Promise<void> {
  const draw = seededDraw(6);
  const byte = (): number => Math.floor(256 * draw());
  const images = Array.from({ length: rows }, () => Uint8Array.of(byte(), byte(), byte(), byte()));
  const labelled = images.map((image) => {
    return { image, label: image[0]! > 127 ? 1 : 0, probabilities: null };
  });
  await writeLabelledImages(path, labelled, ['dark', 'bright']);
}

describe('understudy replay', () => {
  const file = join(directory, 'squares.parquet');
  const task = writeSquaresFile(join(directory, 'squares'), {
    policy: {
      riskMax: 0.1,
      delta: 0.2,
      holdoutRate: 0.1,
      coldHoldoutRate: 0.5,
      exploreRate: 0,
      reaskRate: 0,
    },
    distillation: { trainingRowsMin: 150, choosingRowsMin: 10, growth: 4 },
  });

  for (const teacher of ['labels', 'configured'])
    it(`takes a cold start to a student that answers, the teacher ${teacher}`, async () => {
      await writeSquares(file, 800);
      const out = join(directory, `out-${teacher}`);

      const { code, output } = await runProgram({
        args: [
          ...['replay', file, '--task', task, '--teacher', teacher, '--out', out],
          ...['--windows', '3', '--seed', '4'],
        ],
      });

      assert.equal(code, 0, output);
      const { byWindow, total, routings } = savedIn(out);
      // Windows that the hundreds, in which it is sent, do not divide.
      const [first, , last] = byWindow;
      assert.deepEqual([first!.studentShare, first!.teacherRows], [0, 266], output);
      assert.ok(last!.studentShare > 0.5, output);
      assert.ok(last!.agreement!.estimate >= 0.9 && total.accuracy > 0.9, output);
      const sum = byWindow.reduce((rows, { teacherRows }) => rows + teacherRows, 0);
      assert.equal(sum, total.teacherRows);
      assert.deepEqual(
        routings.slice(0, 2).map(({ teacherRows }) => teacherRows),
        [total.teacherRows, 800],
      );
      assert.match(output, /rows +student +agreement/);
      assert.match(readFileSync(join(out, 'seed-4.md'), 'utf8'), /## Beside other rules/);
      assert.match(readFileSync(join(out, 'seed-4.svg'), 'utf8'), /^<svg /);
    });

  it('makes a task of a file of texts by itself, and keeps its order where asked', async () => {
    const texts = join(directory, 'Texts of today.csv');
    const lines = Array.from({ length: 60 }, (_, k) => `"text, number ${k}",${k % 3}`);
    writeFileSync(texts, ['text,category', ...lines].join('\n'));
    const out = join(directory, 'out-texts');

    const { code, output } = await runProgram({
      args: ['replay', texts, '--no-shuffle', '--seed', '4', '--windows', '2', '--out', out],
    });

    assert.equal(code, 0, output);
    assert.match(output, /60 rows of Texts of today.csv, 3 labels, in the file's order/);
    assert.match(output, /teacher: the labels of 60 inputs/);
    assert.match(output, /input: column text\n +label: column category/);
    assert.deepEqual([savedIn(out).total.teacherRows, savedIn(out).total.accuracy], [60, 1]);
  });

  it('leaves out what it can not use and says why; long texts belong to the task', async () => {
    const path = join(directory, 'long.csv');
    const text = (characters: number, k: number): string =>
      `${k} ${'word '.repeat(characters / 5)}`;
    const lines = Array.from({ length: 20 }, (_, k) => `${text(9_000, k)}, label ${k % 2} `);
    lines.push(`${text(100_005, 0)},label 0`, 'a,', ',label 1');
    writeFileSync(path, ['Review,Sentiment', ...lines].join('\n'));
    const out = join(directory, 'out-long');

    const { code, output } = await runProgram({
      args: ['replay', path, '--seed', '4', '--windows', '1', '--out', out],
    });

    assert.equal(code, 0, output);
    assert.match(output, /20 rows of long.csv, 2 labels/);
    assert.match(output, /3 of 23 rows \(13.0 %\) can not be used, and are left out:/);
    assert.match(output, /1: Review has 10\d+ characters, the task allows 100000. \(row 21\)/);
    assert.match(output, /1: Sentiment must be a label, got an empty text. \(row 22\)/);
    assert.match(readFileSync(join(out, 'seed-4.md'), 'utf8'), /3 of 23 rows/);
  });

  for (const [name, content, args, problem] of [
    ['d.csv', 'text,label\n,y\nz,\nx,y\n', [], /d.csv: 2 of 3 rows .* left out:\n.* \(row 1\)/],
    ['empty.csv', 'text,label\n', [], /has no rows/],
    ['odd.csv', 'a,b\nx,y\n', [], /no column for the input. Columns: a, b/],
    ['numbers.csv', 'a,b\n1,2\n', [], /no column for the label. Columns: a, b/],
    ['a.csv', 'text,label\nx,y\nz,w\n', ['--rows', 'many'], /--rows must be a whole number from 1/],
    ['b.csv', 'text,label\nx,y\nz,w\n', ['--risk', '5'], /--risk must be a share between 0 and 1/],
    [
      'w.csv',
      'text,label\nx,y\nz,w\n',
      ['--warm'],
      /--warm starts with .* and a file alone has none/,
    ],
    ['m.csv', 'a,b,c\n1,2,x\n', ['--input-column', 'a,d'], /has no column "d". Columns: a, b, c/],
    ['c.csv', 'text,label\nx,y\n', [], /Every row of .* has the label "y"/],
  ] as const)
    it(`refuses, saying what to change: ${problem.source}`, async () => {
      mkdirSync(join(directory, 'refused'), { recursive: true });
      const path = join(directory, 'refused', name);
      writeFileSync(path, content);
      const out = join(directory, 'refused', 'out');

      const { code, output } = await runProgram({ args: ['replay', path, ...args, '--out', out] });

      assert.equal(code, 1, output);
      assert.match(output, problem);
      assert.doesNotMatch(output, /\n {4}at /);
      assert.equal(existsSync(out), false);
    });

  it('refuses to write over the report of another', async () => {
    const path = join(directory, 'over.csv');
    writeFileSync(path, 'text,label\nx,y\nz,w\n');
    const out = join(directory, 'over');
    mkdirSync(out);
    writeFileSync(join(out, 'seed-2.json'), '{}');
    const args = ['replay', path, '--out', out, '--seed', '1', '--seeds', '2'];

    const { code, output } = await runProgram({ args });

    assert.equal(code, 1, output);
    assert.match(output, /seed-2\.json is there already, and would be written over/);
  });
});
