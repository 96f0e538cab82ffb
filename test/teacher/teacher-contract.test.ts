import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeText } from '../../src/task/text-codec.js';
import { openLabelsTeacher } from '../../src/teacher/labels-teacher.js';
import { openOnnxTeacher } from '../../src/teacher/onnx-teacher.js';
import { readBundle } from '../../src/registry/read-bundle.js';
import { describeTeacher } from '../contract/teacher-contract.js';
import { FakeTeacher } from '../fakes/fake-teacher.js';
import { square } from '../support/square-task.js';
import { writeSquareBundle } from '../support/square-bundle.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
const inProcess = { classes: 2, server: null, secret: null, notAnswers: {} } as const;
const squares = [0.1, 0.9, 0.3].map((brightness) => ({
  input: square(brightness),
  label: Number(brightness >= 0.5),
}));

const bundle = await readBundle(writeSquareBundle(join(directory, 'bundle')));
describeTeacher('a local model', {
  ...inProcess,
  rows: squares,
  open: async ({ timeoutMs = 20_000 } = {}) =>
    openOnnxTeacher(bundle, { name: 'big', costPerRowUsd: 0.01, timeoutMs }),
});

const file = join(directory, 'labels.csv');
writeFileSync(file, 'text,label\nlovely,good\nawful,bad\nfine,good\n');
const moods = {
  ...{ name: 'moods', labels: ['bad', 'good'] },
  input: { kind: 'text', charsMax: 100 },
} as const;
const people = { name: 'people', costPerRowUsd: 0, file, inputColumn: null, labelColumn: null };
describeTeacher('a file of labels', {
  ...inProcess,
  rows: [
    { input: encodeText('awful'), label: 0 },
    { input: encodeText('lovely'), label: 1 },
    { input: encodeText('fine'), label: 1 },
  ],
  open: async () => (await openLabelsTeacher(moods, people)).teacher,
});

describeTeacher('the fake of the tests', {
  ...inProcess,
  rows: squares.map((row) => ({ ...row, label: 1 })),
  open: async () => new FakeTeacher(() => 1),
});
