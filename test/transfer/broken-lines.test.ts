import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { exportRows } from '../../src/transfer/export-rows.js';
import { importRows } from '../../src/transfer/import-rows.js';
import type { TaskSpec } from '../../src/task/task.js';
import { encodeText } from '../../src/task/text-codec.js';
import { MemoryCapture } from '../fakes/memory-capture.js';
import { capturedRow } from '../support/captured-row.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
const specOf = (name: string): TaskSpec => ({
  ...{ name, title: name, labels: ['no', 'yes'] },
  input: { kind: 'text', charsMax: 1000 },
});
let files = 0;
const fileOf = (ending: string, content: string | Uint8Array): string => {
  const path = join(directory, `${files++}.${ending}`);
  writeFileSync(path, content);
  return path;
};
const taken = (path: string, capture: MemoryCapture, task = 'texts', changes: object = {}) =>
  importRows({
    ...{ path, capture, spec: specOf(task), kind: 'rows', cut: { after: null, before: null } },
    drawOf: (input) => ({ inputHash: Buffer.from(input).toString('hex'), isTrainable: true }),
    now: () => 5,
    ...changes,
  });
const textsOf = (capture: MemoryCapture): string[] =>
  capture.rows.map(({ input }) => Buffer.from(input).toString());

describe('a file with broken lines', () => {
  it('of JSON is taken but for these, which are told by their number', async () => {
    const capture = new MemoryCapture();
    const good = (text: string): string => JSON.stringify({ input: text, label: 'yes' });
    const lines = [good('a'), '', '{"input":"cut', '[1]', good('b'), 'null', good('c')];

    const report = await taken(fileOf('jsonl', lines.join('\n')), capture);

    assert.deepEqual(textsOf(capture), ['a', 'b', 'c']);
    assert.deepEqual([report.read, report.added, report.unusable], [6, 3, 3]);
    const [lists, cut] = report.problems;
    assert.equal(lists, '2: it must be a JSON object. (line 4, line 6)');
    assert.match(cut!, /^1: it is not JSON: SyntaxError.*\(line 3\)$/);
  });

  it('of separated values likewise, and counts rows on', async () => {
    const capture = new MemoryCapture();
    const lines = ['input,label', '"a\nb",yes', '5" pipe,no', 'short', '"c"d,yes', 'e,maybe'];

    const report = await taken(fileOf('csv', [...lines, 'last,no'].join('\n')), capture);

    assert.deepEqual(textsOf(capture), ['a\nb', 'last']);
    assert.deepEqual([report.read, report.added, report.unusable], [6, 2, 4]);
    assert.deepEqual(report.problems, [
      '1: a quote inside a field that does not start with one. (line 4)',
      '1: 1 fields, the header has 2. (line 5)',
      '1: text follows a closing quote. Double a quote that is meant. (line 6)',
      `1: label "maybe" is none of the task's labels. (row 5)`,
    ]);
  });

  it('is taken but for one that is far too long, too', async () => {
    const long = 'x'.repeat(80_000_000);
    const given = [
      [
        'jsonl',
        ['{"input":"a","label":"yes"}', long, '{"input":"b","label":"no"}'],
        /^1: it has .* \(line 2\)$/,
      ],
      [
        'csv',
        ['input,label', 'a,yes', `"${long}",no`, 'b,no'],
        /^1: a field has more than .* \(line 3\)$/,
      ],
    ] as const;
    for (const [ending, lines, problem] of given) {
      const capture = new MemoryCapture();

      const { read, added, unusable, problems } = await taken(
        fileOf(ending, lines.join('\n')),
        capture,
      );

      assert.deepEqual([textsOf(capture), read, added, unusable], [['a', 'b'], 3, 2, 1]);
      assert.match(problems[0]!, problem);
    }
  });

  it('tells how many there are, and where the first three', async () => {
    const path = fileOf('jsonl', 'x\n'.repeat(20));
    const { unusable, problems } = await taken(path, new MemoryCapture());

    assert.deepEqual([unusable, problems.length], [20, 1]);
    assert.match(problems[0]!, /^20: it is not JSON: .* \(line 1, line 2, line 3, ...\)$/);
  });

  it('is refused where its header is the broken one', async () => {
    const path = fileOf('csv', 'in"put,label\na,yes\n');

    await assert.rejects(taken(path, new MemoryCapture()), /the header: a quote inside a field/);
  });
});

describe('an export of one task', () => {
  it('is taken by another one of the same log, once', async () => {
    const capture = new MemoryCapture();
    const rows = ['a', 'b'].map((id) =>
      capturedRow({ id, task: 'texts', input: encodeText(id), subject: 'ann' }),
    );
    await capture.append(rows);
    const pieces: Uint8Array[] = [];
    const options = { spec: specOf('texts'), capture, format: 'jsonl' } as const;
    for await (const piece of exportRows(options)) pieces.push(piece);
    const path = fileOf('jsonl', Buffer.concat(pieces));

    const own = await taken(path, capture);
    const first = await taken(path, capture, 'others');
    const again = await taken(path, capture, 'others');
    await capture.eraseSubject('others', 'ann', 9);
    const erased = await taken(path, capture, 'others');

    assert.deepEqual([own.added, own.known], [0, 2]);
    assert.deepEqual([first.added, first.known], [2, 0]);
    assert.deepEqual([again.added, again.known], [0, 2]);
    assert.deepEqual([erased.added, erased.erased], [0, 2]);
    assert.deepEqual(
      capture.rows.map(({ id, task }) => [id, task]),
      [
        ['a', 'texts'],
        ['b', 'texts'],
      ],
    );
  });
});

describe('the progress of an import', () => {
  async function progressOf(path: string) {
    const told: (readonly [rows: number, share: number | null])[] = [];
    const onProgress = (...so: readonly [number, number | null]): number => told.push(so);
    await taken(path, new MemoryCapture(), 'texts', { onProgress });
    return told;
  }
  const row = (k: number): string => JSON.stringify({ input: `text ${k}`, label: 'yes' });
  const rows = Array.from({ length: 20_000 }, (_, k) => row(k));

  for (const [ending, content] of [
    ['jsonl', rows.join('\n')],
    ['json', `[${rows.join(',')}]`],
    ['csv', `input,label\n${rows.map((_, k) => `text ${k},yes`).join('\n')}\n`],
    ['jsonl', 'x\n'.repeat(20_000)], // None of them a row.
  ] as const)
    it(`has the share of the file, and goes on to its end: ${ending}`, async () => {
      const told = await progressOf(fileOf(ending, content));

      assert.deepEqual(
        told.map(([so]) => so),
        Array.from({ length: 40 }, (_, k) => 500 * (k + 1)),
      );
      const shares = told.map(([, share]) => share!);
      assert.ok(shares.every((share, k) => share > 0 && share >= (shares[k - 1] ?? 0)));
      assert.equal(shares.at(-1), 1);
    });

  it('has no share where the rows come out of a pipe', async () => {
    const path = join(directory, 'pipe.jsonl');
    execFileSync('mkfifo', [path]);
    const writing = writeFile(path, rows.slice(0, 1_000).join('\n'));

    const told = await progressOf(path);
    await writing;

    assert.deepEqual(told, [
      [500, null],
      [1_000, null],
    ]);
  });
});
