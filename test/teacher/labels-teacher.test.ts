import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { InvalidConfigError, TeacherFailedError } from '../../src/errors.js';
import { encodeText } from '../../src/task/text-codec.js';
import { openLabelsTeacher } from '../../src/teacher/labels-teacher.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
const spec = {
  name: 'moods',
  input: { kind: 'text', charsMax: 100 },
  labels: ['bad', 'fair', 'good'],
} as const;
let files = 0;
function open(content: string, labelColumn: string | null = null) {
  const file = join(directory, `${files++}.csv`);
  writeFileSync(file, content);
  const about = { name: 'people', costPerRowUsd: 0.25, inputColumn: null, labelColumn, file };
  return openLabelsTeacher(spec, about);
}

describe('labels that stand in for a teacher', () => {
  it('answer an input of the file with its label alone, at their price', async () => {
    const { teacher, about } = await open('text,label\nlovely,good\nso so,fair\n');

    const answers = await teacher.label([encodeText('so so'), encodeText('lovely')]);

    const rest = { probabilities: null, costUsd: 0.25 };
    assert.deepEqual(answers, [
      { label: 1, ...rest },
      { label: 2, ...rest },
    ]);
    assert.equal(about, 'the labels of 2 inputs');
  });

  it('fail for any other input, and say which they know', async () => {
    const { teacher } = await open('text,label\nlovely,good\n');

    await assert.rejects(teacher.label([encodeText('lovely'), encodeText('Lovely')]), (error) => {
      assert.ok(error instanceof TeacherFailedError);
      assert.match(error.message, /knows only the 1 inputs of \d+\.csv/);
      return true;
    });
  });

  it("answer with the majority's label where rows of one input differ, and say so", async () => {
    const { teacher, about } = await open(
      'text,label\na,good\nb,bad\na,fair\nb,bad\na,fair\nc,good\nc,bad\n',
    );

    const answers = await teacher.label(['a', 'b', 'c'].map(encodeText));

    // Of `c` each label stands there once: the first one holds.
    assert.deepEqual(
      answers.map(({ label }) => label),
      [1, 0, 2],
    );
    assert.equal(about, "the labels of 3 inputs (2 with several: the majority's)");
  });

  it('are another version when the file or the column of labels is another', async () => {
    const one = 'text,label,other\na,good,bad\n';
    const versions = [await open(one), await open(one), await open(one, 'other')];
    const changed = await open('text,label,other\na,good,good\n');

    const [first, again, column] = versions.map(({ teacher }) => teacher.version);
    assert.equal(first, again);
    assert.equal(new Set([first, column, changed.teacher.version]).size, 3);
  });

  it('are refused when they have a label that the task lacks', async () => {
    await assert.rejects(open('text,label\na,great\n'), (error) => {
      assert.ok(error instanceof InvalidConfigError);
      assert.match(error.message, /the label "great", which is none of the task's \(moods\)/);
      return true;
    });
  });
});
