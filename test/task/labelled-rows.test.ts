import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { InvalidConfigError } from '../../src/errors.js';
import { writeParquet } from '../../src/files/parquet-file.js';
import { labelledRows, type LabelledRowsOptions } from '../../src/task/labelled-rows.js';
import type { InputSpec } from '../../src/task/task.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
const text = { kind: 'text', charsMax: 20 } as const;
const image = { kind: 'image', width: 2, height: 1, channels: 1 } as const;
const found = { inputColumn: null, labelColumn: null };

async function read(
  path: string,
  { input = text, ...options }: Partial<LabelledRowsOptions> & { input?: InputSpec } = {},
): Promise<[string, string][]> {
  const rows: [string, string][] = [];
  for await (const row of labelledRows(path, input, { ...found, ...options }))
    rows.push([Buffer.from(row.input).toString('latin1'), row.label]);
  return rows;
}
function written(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

describe('the rows of a labelled file', () => {
  it('are the same from CSV, TSV, JSONL and Parquet; columns have their usual names', async () => {
    const parquet = join(directory, 'rows.parquet');
    await writeParquet(parquet, [
      { name: 'intent', type: 'STRING', data: ['card', 'pin'] },
      { name: 'text', type: 'STRING', data: ['where, then?', 'new "pin"'] },
    ]);
    const paths = [
      written('rows.csv', 'text,category\n"where, then?",card\n"new ""pin""",pin\n'),
      written('rows.tsv', 'id\tlabel\tquery\n1\tcard\twhere, then?\n2\tpin\t"new ""pin"""\n'),
      written(
        'rows.jsonl',
        '{"text":"where, then?","intent":"card"}\n\n{"intent":"pin","text":"new \\"pin\\""}\n',
      ),
      parquet,
    ];

    for (const path of paths)
      assert.deepEqual(
        await read(path),
        [
          ['where, then?', 'card'],
          ['new "pin"', 'pin'],
        ],
        path,
      );
  });

  it('come from the columns that are named, whatever others are there', async () => {
    const path = written('named.csv', 'text,label,said,meant\na,b,c,7\n');
    const columns = { inputColumn: 'said', labelColumn: 'meant' };

    assert.deepEqual(await read(path, columns), [['c', '7']]);
  });

  it('have images as bytes or as their base64', async () => {
    const path = written('images.jsonl', '{"image":"AP8=","label":3}\n');

    assert.deepEqual(await read(path, { input: image }), [['\u0000\u00ff', '3']]);
  });

  it('have images as numbers, too, also as a text of JSON', async () => {
    const lists = written('lists.jsonl', '{"image":[[0,255]],"label":3}\n');
    const cells = written('lists.csv', 'image,label\n"[0, 255]",3\n');

    for (const path of [lists, cells])
      assert.deepEqual(await read(path, { input: image }), [['\u0000\u00ff', '3']]);
  });

  it('have texts and labels as the bytes that Parquet has where it says no more', async () => {
    const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
    const path = join(directory, 'bytes.parquet');
    await writeParquet(path, [
      { name: 'text', type: 'BYTE_ARRAY', data: [bytes('für'), Uint8Array.of(0xff, 0xfe)] },
      { name: 'label', type: 'BYTE_ARRAY', data: [bytes('ja'), bytes('nein')] },
    ]);
    const left: string[] = [];

    const rows = await read(path, { onUnusable: (where, what) => left.push(`${where}: ${what}`) });

    assert.deepEqual(rows, [[Buffer.from('für').toString('latin1'), 'ja']]);
    assert.deepEqual(left, ['row 2: text must be a text, got bytes that are not UTF-8.']);
  });

  it('have labels without blanks around them; of a task, as the task writes them', async () => {
    const path = written('blanks.csv', 'text,label\na, yes \nb,no\nc,maybe\n');
    const left: string[] = [];
    const onUnusable = (where: string, what: string) => left.push(`${where}: ${what}`);

    assert.deepEqual(await read(path), [
      ['a', 'yes'],
      ['b', 'no'],
      ['c', 'maybe'],
    ]);
    assert.deepEqual(await read(path, { labels: ['yes ', 'no'], onUnusable }), [
      ['a', 'yes '],
      ['b', 'no'],
    ]);
    assert.deepEqual(left, ['row 3: label "maybe" is none of the task\'s labels.']);
  });

  it('are read on behind those that can not be used, where these are told of', async () => {
    const long = 'x'.repeat(21);
    const content = `text,label\n,y\n${long},y\na,\nb,${'y'.repeat(201)}\nc,__proto__\ne\nd,y\n`;
    const left: string[] = [];

    const rows = await read(written('left.csv', content), {
      onUnusable: (where) => left.push(where),
    });

    assert.deepEqual(rows, [['d', 'y']]);
    assert.deepEqual(left, ['row 1', 'row 2', 'row 3', 'row 4', 'row 5', 'line 7']);
  });

  for (const [name, content, problem, options] of [
    ['a.csv', 'a,label\nx,y\n', /no column for the input. Columns: a, label/],
    ['b.csv', 'text,label\nx,y\n', /no column "who"/, { inputColumn: 'who', labelColumn: null }],
    ['c.csv', 'text,label\nx,y\nx\n', /line 3: 1 fields, the header has 2/],
    ['d.csv', 'text,label\n,y\n', /row 1: text must be a text that is not empty/],
    ['e.csv', 'text,label\nx,\n', /row 1: label must be a label, got an empty text/],
    ['l.jsonl', '{"text":null,"label":"x"}\n', /row 1: text must be a text .* got nothing/],
    ['m.jsonl', '{"text":"a","label":["x"]}\n', /row 1: label must be a label, got a list/],
    ['n.jsonl', '{"text":{"en":"a"},"label":"x"}\n', /must be a text .* got an object/],
    ['f.csv', `text,label\n${'x'.repeat(21)},y\n`, /row 1: text has 21 characters/],
    ['g.jsonl', '{"text":"x","label":"y"}\n{oops\n', /line 2: it is not JSON/],
    ['h.jsonl', '[1]\n', /line 1: it must be a JSON object/],
    ['i.csv', 'text,text\nx,y\n', /names "text" twice/],
    ['j.xlsx', '', /must end with one of \.csv/],
    ['k.parquet', 'nothing of the kind', /cannot be read/],
  ] as const)
    it(`are refused, saying where and what: ${name}`, async () => {
      const path = written(name, content);

      await assert.rejects(read(path, options), (error) => {
        assert.ok(error instanceof InvalidConfigError);
        assert.match(error.message, problem);
        return true;
      });
    });

  it('have images and tensors element by element, too; an unknown one is named', async () => {
    const pixels = written('pixels.csv', 'label,p0,p1\n3,0,255\n4,,1\n');
    const tensor = {
      kind: 'tensor',
      tensors: [{ name: 'x', dtype: 'uint8', shape: [2] }],
    } as const;
    const said: string[] = [];
    const options = { onUnusable: (where: string, what: string) => said.push(`${where}: ${what}`) };

    assert.deepEqual(await read(pixels, { input: image, ...options }), [['\u0000\u00ff', '3']]);
    const [row] = await read(pixels, { input: tensor, ...options });
    assert.deepEqual(row, ['\u0000\u00ff\u0000\u0000\u0000\u0000\u0000\u0000', '3']);
    assert.deepEqual(said, [
      'row 2: the pixels must be numbers from 0.',
      'row 2: p0 must be a number, got an empty text.',
    ]);
    const named = { inputColumn: 'p0,p1' };
    await assert.rejects(read(pixels, named), /2 columns are named .* is a text: name one/);
  });

  it('have tensors as a prediction has them, too', async () => {
    const tensors = [
      { name: 'a', dtype: 'uint8', shape: [1, 2] },
      { name: 'b', dtype: 'int8', shape: [null] },
    ] as const;
    const both = { kind: 'tensor', tensors } as const;
    const one = { kind: 'tensor', tensors: [tensors[0]] } as const;
    const pair = '{"input":{"a":[[1,2]],"b":[3]},"label":"x"}\n';
    const single = '{"input":[1,2],"label":"x"}\n{"input":"{\\"a\\":[[1,2]]}","label":"x"}\n';
    const said: string[] = [];
    const onUnusable = (_: string, what: string) => said.push(what);

    const [row] = await read(written('pair.jsonl', pair), { input: both });
    const bytes = [1, 2, ...Array<number>(6).fill(0), 1, ...Array<number>(7).fill(0), 3];
    assert.equal(row![0], String.fromCharCode(...bytes, ...Array<number>(7).fill(0)));
    const rows = await read(written('single.jsonl', single), { input: one });
    assert.deepEqual(rows[0], rows[1]);
    const wrong = pair + '{"input":{"a":[1]},"label":"x"}\n{"input":{"b":[1]},"label":"x"}\n';
    await read(written('wrong.jsonl', wrong.slice(pair.length)), { input: both, onUnusable });
    assert.deepEqual(said, [
      'input is wrong: a must be 2 elements, flat or nested as [1, 2], got 1 element.',
      'input must have the tensor a.',
    ]);
  });

  it('have base64 in lines and in the alphabet of URLs; nothing is no base64', async () => {
    const lines = ['AP8=', 'AP8=\\n', 'A P\\t8', '__8='].map(
      (it) => `{"image":"${it}","label":"3"}`,
    );
    const said: string[] = [];
    const onUnusable = (_: string, what: string) => said.push(what);
    const wrong = ['{"image":null,"label":"3"}', '{"image":"A*8=","label":"3"}'];
    const path = written('base64.jsonl', [...lines, ...wrong].join('\n'));

    const rows = await read(path, { input: image, onUnusable });

    assert.deepEqual(
      rows.map(([input]) => input),
      ['\0ÿ', '\0ÿ', '\0ÿ', 'ÿÿ'],
    );
    assert.deepEqual(said, [
      'image must be bytes or base64, got nothing.',
      'image must be bytes or base64, got a text that is not base64.',
    ]);
  });

  it('have a lone text as a tensor of one, also as JSON', async () => {
    const tensors = [{ name: 'word', dtype: 'string', shape: [] }] as const;
    const path = written(
      'words.jsonl',
      '{"input":"hi","label":"3"}\n{"input":"\\"hi\\"","label":"3"}',
    );

    const [one, two] = await read(path, { input: { kind: 'tensor', tensors } });

    assert.deepEqual(one, two);
    assert.match(one![0], /hi/);
  });

  it('are refused when an image has another size', async () => {
    const path = written('size.jsonl', '{"image":"AP8A","label":"3"}\n');

    await assert.rejects(read(path, { input: image }), /must be 2 bytes, got 3/);
  });
});
