import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ownInputOf } from '../../src/replay/own-input.js';
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
      notes: ['not used: Id, note (no numbers, or counters): --input-column a,b names others'],
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

  it('need a known column of labels', async () => {
    await assert.rejects(kindOf('a,b,letter\n1,2,T\n'), /no column for the label.*--label-column/);
    assert.equal(await kindOf('a,b,letter\n1,2,T\n', { labelColumn: 'letter' }), '2');
  });
});
