import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { ExportFormat } from '../../src/http/api-types-export.js';
import { readTableRows } from '../support/read-table-rows.js';
import { writeParquet } from '../../src/files/parquet-file.js';
import { exportRows } from '../../src/transfer/export-rows.js';
import { importRows } from '../../src/transfer/import-rows.js';
import { encodeText } from '../../src/task/text-codec.js';
import { encodeTensors } from '../../src/task/tensor-codec.js';
import type { Input, TaskSpec } from '../../src/task/task.js';
import { MemoryCapture } from '../fakes/memory-capture.js';
import { capturedRow } from '../support/captured-row.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
const spec: TaskSpec = {
  name: 'texts',
  title: 'Texts',
  input: { kind: 'text', charsMax: 100 },
  labels: ['no', 'yes'],
};
const hard = '=A1+1, a "quoted", text;\r\nof two lines – žluťoučký';
let files = 0;

/** Exports a log into a file. @returns its path. */
async function exported(capture: MemoryCapture, format: ExportFormat, of = spec): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of exportRows({ spec: of, capture, format })) pieces.push(piece);
  const path = join(directory, `rows-${files++}.${format}`);
  writeFileSync(path, Buffer.concat(pieces));
  return path;
}
const textRow = (id: string, text: string, changes: object = {}) =>
  capturedRow({ id, task: 'texts', input: encodeText(text), ...changes });

/** The draw keeps what begins with `k` out. */
const drawOf = (input: Input) => {
  const text = Buffer.from(input).toString('hex');
  return { inputHash: text, isTrainable: !text.startsWith('6b') };
};
const taken = (path: string, capture: MemoryCapture, changes: object = {}) =>
  importRows({
    ...{ path, kind: 'rows', cut: { after: null, before: null }, spec, capture, drawOf },
    now: () => 5,
    ...changes,
  });
const fileOf = (ending: string, text: string): string => {
  const path = join(directory, `given-${files++}.${ending}`);
  writeFileSync(path, text);
  return path;
};

for (const format of ['jsonl', 'csv', 'parquet'] as const)
  describe(`an export as ${format}`, () => {
    it('has every field of every row, and comes back as rows to learn from', async () => {
      const capture = new MemoryCapture();
      const row = textRow('a', hard, { client: 'ann', subject: 'patient 7', teacherLabel: 1 });
      await capture.append([
        row,
        textRow('held', 'evidence', { isHoldout: true }),
        textRow('said', 'kept out', { teacherLabel: 1 }),
        textRow('hashed', '', { inputKept: 'hash', isTrainable: false }),
      ]);
      const said = { task: 'texts', label: 0, origin: 'review', givenMs: 9, client: null } as const;
      await capture.appendFeedback({ ...said, id: 'said' });

      const path = await exported(capture, format);

      const rows = await readTableRows(path);
      assert.deepEqual(
        rows.map(({ id }) => id),
        ['a', 'held', 'said', 'hashed'],
      );
      const texts = { input: hard, label: 'yes', client: 'ann', subject: 'patient 7' };
      const whole = { ...texts, teacherLabel: 'yes', studentLabel: 'no', inputKept: 'full' };
      for (const [name, value] of Object.entries(whole)) assert.equal(rows[0]![name], value, name);
      assert.equal(Number(rows[0]!['confidence']), 0.61);
      const probabilities = rows[0]!['teacherProbabilities'];
      assert.deepEqual(
        typeof probabilities === 'string' ? JSON.parse(probabilities) : probabilities,
        [0.3, 0.7],
      );
      assert.deepEqual([rows[2]!['label'], rows[2]!['feedbackLabel']], ['no', 'no']);

      const other = new MemoryCapture();
      const report = await taken(path, other);
      const { read, added, known, heldOut, unusable, problems } = report;
      assert.deepEqual([read, added, known, heldOut, unusable], [4, 2, 0, 1, 1], problems.join());
      const [first, second] = other.rows;
      assert.deepEqual(
        [first!.id, first!.input, first!.teacherLabel, first!.subject, first!.createdMs],
        ['a', encodeText(hard), 1, 'patient 7', row.createdMs],
      );
      assert.deepEqual(first!.teacherProbabilities, Float64Array.of(0.3, 0.7));
      assert.deepEqual([second!.teacherLabel, second!.teacherProbabilities], [0, null]);
      assert.deepEqual(
        other.rows.map(({ source, isHoldout, isTrainable }) => [source, isHoldout, isTrainable]),
        [
          ['import', false, true],
          ['import', false, false],
        ],
      );
      assert.equal((await taken(path, other)).known, 2);
      assert.equal(other.rows.length, 2);
    });

    it('of many rows is whole', async () => {
      const capture = new MemoryCapture();
      await capture.append(Array.from({ length: 5_000 }, (_, k) => textRow(`${k}`, `text ${k}`)));

      const rows = await readTableRows(await exported(capture, format));

      assert.equal(rows.length, 5_000);
      assert.deepEqual([rows[0]!['id'], rows[4_999]!['input']], ['0', 'text 4999']);
    });

    it('of no rows is a whole file', async () => {
      assert.deepEqual(await readTableRows(await exported(new MemoryCapture(), format)), []);
    });

    it('takes tensors there and back', async () => {
      const tensors: TaskSpec = {
        ...{ name: 'texts', title: 'Ids', labels: spec.labels },
        input: { kind: 'tensor', tensors: [{ name: 'ids', dtype: 'int64', shape: [2] }] },
      };
      assert.ok(tensors.input.kind === 'tensor');
      const input = encodeTensors([{ dims: [2], data: BigInt64Array.of(1n, -7n) }], tensors.input);
      const capture = new MemoryCapture();
      await capture.append([capturedRow({ id: 'a', task: 'texts', input })]);
      const other = new MemoryCapture();

      await taken(await exported(capture, format, tensors), other, { spec: tensors });

      assert.deepEqual(other.rows[0]!.input, input);
    });
  });

const nameIt =
  'name the one of the input: inputColumn or labelColumn in a task file, --input-column in a ' +
  'command';

describe('an import', () => {
  it('knows a row without an id by its input and label', async () => {
    const capture = new MemoryCapture();
    const path = fileOf('csv', 'text,label\nhello,yes\nhello,yes\nhello,no\nbye,no\n');

    const report = await taken(path, capture);

    assert.deepEqual([report.added, report.known], [3, 1]);
    assert.equal((await taken(path, capture)).added, 0);
  });

  it('says which rows it can not use, and why, and takes the others', async () => {
    const capture = new MemoryCapture();
    const path = fileOf(
      'jsonl',
      ['{"input":"a","label":"maybe"}', '{"input":"","label":"yes"}', '{"label":"yes"}']
        .concat(Array.from({ length: 9 }, () => '{"input":7,"label":"no"}'))
        .concat('{"input":"fine","label":"no"}')
        .join('\n'),
    );

    const { added, unusable, problems } = await taken(path, capture);

    assert.deepEqual([added, unusable], [1, 12]);
    assert.deepEqual(problems, [
      '9: input must be a text that is not empty, got a number. (row 4, row 5, row 6, ...)',
      `1: label "maybe" is none of the task's labels. (row 1)`,
      '1: input must be a text that is not empty, got an empty text. (row 2)',
      `1: ${path} has no column for the input. Columns: label; ${nameIt}. (row 3)`,
    ]);
  });

  it('says what a file without the columns has', async () => {
    const path = fileOf('csv', 'a,b\n1,2\n');

    const { added, problems } = await taken(path, new MemoryCapture());

    assert.deepEqual([added, problems.length], [0, 1]);
    const said =
      `1: ${path} has no column for the input. Columns: a, b; ${nameIt}. Its first line is taken ` +
      'for their names: if that is a row, write a line such as text,label above it. (row 1)';
    assert.equal(problems[0], said);
  });

  it('finds the columns that a replay finds, or takes those that are named', async () => {
    const capture = new MemoryCapture();
    const rows = [
      { Review: 'by its name', sentiment: 'yes' },
      { sentence: 'in another line', intent: ' no ' },
      { utterance: 'of an export', teacherLabel: 'yes', studentLabel: 'no' },
    ];
    const path = fileOf('jsonl', rows.map((row) => JSON.stringify(row)).join('\n'));
    const named = fileOf('csv', 'said,meant,text,label\nas named,yes,other,no\n');

    const { added, problems } = await taken(path, capture);
    const columns = { inputColumn: 'said', labelColumn: 'meant' };
    await taken(named, capture, { columns });

    assert.deepEqual([added, problems], [3, []]);
    assert.deepEqual(
      capture.rows.map(({ input, teacherLabel }) => [Buffer.from(input).toString(), teacherLabel]),
      [
        ['by its name', 1],
        ['in another line', 0],
        ['of an export', 1],
        ['as named', 1],
      ],
    );
  });

  it('takes labels that are numbers, and texts whose file does not say so', async () => {
    const path = join(directory, 'numbers.parquet');
    await writeParquet(path, [
      { name: 'text', type: 'BYTE_ARRAY', data: ['žluť', 'red'].map((text) => encodeText(text)) },
      { name: 'label', type: 'INT32', data: [1, 0] },
    ]);
    const capture = new MemoryCapture();

    await taken(path, capture, { spec: { ...spec, labels: ['0', '1'] } });

    assert.deepEqual(
      capture.rows.map(({ input, teacherLabel }) => [Buffer.from(input).toString(), teacherLabel]),
      [
        ['žluť', 1],
        ['red', 0],
      ],
    );
  });

  it('seeds a task from a log of LLM calls', async () => {
    const capture = new MemoryCapture();
    const call = (text: string, content: string): string =>
      JSON.stringify({
        request: { messages: [{ role: 'user', content: `Is it good? Text: ${text}` }] },
        response: { created: 1_700_000_000, choices: [{ message: { content } }] },
      });
    const lines = [call('fine food', 'Yes.'), call('cold food', 'no'), call('what', 'perhaps')];
    const path = fileOf('jsonl', lines.join('\n'));
    const options = { kind: 'chat', cut: { after: 'Text:', before: null } };

    const first = await taken(path, capture, options);
    const again = await taken(path, capture, options);

    assert.deepEqual([first.added, first.unusable, again.added, again.known], [2, 1, 0, 2]);
    assert.match(first.problems[0]!, /^1: the answer "perhaps" is no label\. \(row 3\)$/);
    const filter = { task: 'texts', teacherVersion: 'any', rowsMax: 9, createdAfterMs: 0 };
    const rows = await capture.readTraining(filter);
    assert.deepEqual(
      rows.map((row) => [Buffer.from(row.input).toString(), row.teacherLabel, row.createdMs]),
      [
        ['cold food', 0, 1_700_000_000_000],
        ['fine food', 1, 1_700_000_000_000],
      ],
    );
    assert.deepEqual(await capture.readHoldout(filter), []);
  });
});
