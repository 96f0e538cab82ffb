import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ownInputOf } from '../../src/replay/own-input.js';
import { decodeTensors } from '../../src/task/tensor-codec.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
const unnamed = { inputColumn: null, labelColumn: null };

function written(content: string): string {
  const path = join(directory, 'rows.csv');
  writeFileSync(path, content);
  return path;
}

const kindOf = async (content: string, named = {}): Promise<string> => {
  const { input } = await ownInputOf(written(content), { ...unnamed, ...named });
  return input.kind === 'tensor' ? input.tensors[0]!.shape.join() : input.kind;
};

describe('the inputs of a file without a task', () => {
  it('are all columns of numbers but the label and counters; it is said which', async () => {
    const path = written('Id,a,class,b,note,c\n1,2,0,NA,x,4\n2,3,1,5.5,7,\n');

    const own = await ownInputOf(path, unnamed);

    assert.deepEqual(own, {
      input: {
        kind: 'tensor',
        tensors: [{ name: 'features', dtype: 'float32', shape: [3] }],
      },
      inputColumn: ['a', 'b', 'c'],
      readInput: null,
      notes: ['not used: Id, note (no numbers or categories, or counters)'],
    });
  });

  it('are texts where a column is named, has a usual name, or none has numbers', async () => {
    assert.equal(await kindOf('text,a,label\n1,2,3\n'), 'text');
    assert.equal(await kindOf('review,a,label\ngood,2,3\n'), 'text');
    assert.equal(await kindOf('body,a,label\n1,2,3\n'), '2');
    assert.equal(await kindOf('said,a,label\n1,2,3\n', { inputColumn: 'said' }), 'text');
    assert.equal(await kindOf('said,label\nyes,no\n'), 'text');
    assert.equal(await kindOf('"a,b",c,label\n1,2,3\n', { inputColumn: 'a,b' }), 'text');
    assert.equal(await kindOf('a,b,c,label\n1,2,3,4\n', { inputColumn: 'c,a' }), '2');
  });

  it('have an element for each value of a category, the unknown ones in none', async () => {
    const lines = ['Oslo,1,w,x', 'Bern,2,v,y', '?,3,u,y', ' Bern ,4,t,x', 'Oslo,5,s,x'];
    const more = Array.from({ length: 4 }, (_, k) => `Bern,${k},${k}-${k},${'xy'[k % 2]}`);
    const path = written(['city,size,note,class', ...lines, ...more].join('\n'));

    const { input, inputColumn, readInput, notes } = await ownInputOf(path, unnamed);

    assert.ok(input.kind === 'tensor' && readInput !== null);
    assert.deepEqual(input.tensors[0]!.shape, [3]);
    assert.deepEqual(inputColumn, ['size', 'city=Bern', 'city=Oslo']);
    assert.deepEqual(notes, [
      'categories: city (2), an element for each value: 1 or 0',
      'not used: note (no numbers or categories, or counters)',
    ]);
    const elementsIn = (city: unknown): number[] => [
      ...(decodeTensors(readInput({ city, size: '7' }) as Uint8Array, input)[0]!
        .data as Float32Array),
    ];
    assert.deepEqual(elementsIn(' Bern'), [7, 1, 0]);
    assert.deepEqual(elementsIn('Paris'), [7, 0, 0]);
    assert.deepEqual(elementsIn(null), [7, 0, 0]);
    assert.equal(readInput({ size: 'NA' }), 'size must be a number, got a string.');
  });

  it('are no categories beside texts that no name tells', async () => {
    const lines = Array.from({ length: 20 }, (_, k) => `news number ${k},ap,${'xy'[k % 2]}`);
    const flags = lines.map((_, k) => `${k % 3 === 0 ? 'none' : 'yes'},b,${'xy'[k % 2]}`);

    assert.equal(await kindOf(['headline,source,label', ...lines].join('\n')), 'text');
    assert.equal(await kindOf(['garage,all,label', ...flags].join('\n')), '1');
  });

  it('need a known column of labels', async () => {
    await assert.rejects(kindOf('a,b,letter\n1,2,T\n'), /no column for the label.*--label-column/);
    assert.equal(await kindOf('a,b,letter\n1,2,T\n', { labelColumn: 'letter' }), '2');
  });
});
