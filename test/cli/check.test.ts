import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { mainFile, runProgram } from '../support/gateway-process.js';
import { writeHandWritten, writeHandWrittenTask } from '../support/hand-written.js';
import { onnxFile } from '../support/onnx-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { endlessModel } from '../support/endless-model.js';
import { tinyInput, tinyModel } from '../support/tiny-model.js';

const directory = temporaryDirectory();
const place = (name: string): string => join(directory, name);
const manifest = { labels: ['yes', 'no'], input: tinyInput };
const taskFile = writeHandWrittenTask(place('task'), 'answers', { model: tinyModel(), manifest });
const check = (...args: string[]) => runProgram({ args: ['check', ...args] });

describe('understudy check', () => {
  it('ends with 0 for a bundle that can be served, and says all that it found', async () => {
    const dir = writeHandWritten(place('sound'), { model: tinyModel(), manifest });

    const { code, output } = await check(dir);

    assert.equal(code, 0, output);
    assert.match(output, /^ok {7}manifest: 2 labels, 3x1 grey images, image\n/);
    assert.match(output, /\nnote {5}scores are taken as logits/);
    assert.match(output, /\nnote {5}a run can train it further: 8 of 8 numbers learn\n/);
    assert.ok(output.endsWith(`\n\n${dir} can be served.\n`), output);
  });

  it('says that it fits a task', async () => {
    const { code, output } = await check(join(place('task'), 'bundle'), '--task', taskFile);

    assert.equal(code, 0, output);
    assert.match(output, /\nok {7}fits the task answers\n/);
  });

  it('ends with 1 for one that does not fit its task, and says how', async () => {
    const other = { ...manifest, labels: ['no', 'yes'] };
    const dir = writeHandWritten(place('other'), { model: tinyModel(), manifest: other });

    const { code, output } = await check(dir, '--task', taskFile);

    assert.equal(code, 1);
    assert.match(output, /\nproblem {2}does not fit the task answers: it has the labels no, yes/);
    assert.ok(output.endsWith(`\n${dir} can not be served: 1 problem.\n`), output);
  });

  it('says which task file it can not read, without a stack', async () => {
    const missing = place('missing.yaml');
    const { code, output } = await check(join(place('task'), 'bundle'), '--task', missing);

    assert.equal(code, 1);
    assert.match(output, /Cannot read .*missing\.yaml/);
    assert.doesNotMatch(output, /\n {4}at /);
  });

  const unsound: Readonly<Record<string, readonly [Uint8Array, RegExp]>> = {
    'is a Git LFS pointer': [
      Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 12\n'),
      /The file is a Git LFS pointer, not the model: fetch it with "git lfs pull"\./,
    ],
    'is cut short': [tinyModel().slice(0, 60), /is no ONNX model, or is cut short\./],
    'has a custom operator': [
      onnxFile({
        inputs: [{ name: 'input', dtype: 'float32', shape: ['batch', 3] }],
        outputs: [{ name: 'logits', dtype: 'float32', shape: ['batch', 2] }],
        nodes: [{ op: 'Enlighten', domain: 'com.acme', inputs: ['input'], outputs: ['logits'] }],
      }),
      /com\.acme.*export it with standard operators only\./s,
    ],
  };
  for (const [why, [model, message]] of Object.entries(unsound))
    it(`ends with 1 where the model ${why}`, async () => {
      const dir = writeHandWritten(place(why), { model, manifest });

      const { code, output } = await check(dir);

      assert.equal(code, 1);
      assert.match(output, /\nproblem {2}/);
      assert.match(output, message);
      assert.ok(output.endsWith(`\n${dir} can not be served: 1 problem.\n`), output);
    });

  it('indents what has several lines, and counts what it could say', async () => {
    const { code, output } = await check(
      writeHandWritten(place('empty'), { model: tinyModel(), manifest: {} }),
    );

    assert.equal(code, 1);
    assert.match(output, /^problem {2}.*manifest\.json has problems:\n {9}- .*\n {9}- /);
  });

  it('says that a file is no bundle', async () => {
    const file = place('notes.md');
    writeFileSync(file, '# Notes');

    const { code, output } = await check(file);

    assert.equal(code, 1);
    assert.match(output, /notes\.md is a file\. A bundle is a directory with manifest\.json/);
  });

  it('gives up a model that never ends, having said what came before', async () => {
    const dir = writeHandWritten(place('endless'), { model: endlessModel(), manifest });

    const { code, output } = await check(dir, '--limit', '3');

    assert.equal(code, 1);
    assert.match(output, /\nok {7}model loads; .*\nproblem {2}the model has not ended its work/);
    assert.match(output, /within 3 s: it has an endless loop, or is far too slow/);
  });

  it('asks for a limit that is a number of seconds', async () => {
    const { code, output } = await check(place('task'), '--limit', 'soon');

    assert.equal(code, 1);
    assert.match(output, /^--limit must be 0 to 86400 seconds, got "soon"\.\n$/);
  });

  it('says that there is no such bundle', async () => {
    const { code, output } = await check(place('nowhere'));

    assert.equal(code, 1);
    assert.match(output, /nowhere.manifest\.json is missing\. A bundle is a directory/);
  });
});

describe('understudy check of a model without a manifest', () => {
  const dir = writeHandWritten(place('bare'), { model: tinyModel(), manifest });
  const alone = join(dir, 'net.onnx');
  writeFileSync(alone, tinyModel());

  it('drafts one, which is no success yet', async () => {
    const { code, output } = await check(alone);

    assert.equal(code, 1);
    assert.match(output, /^A first draft of a manifest\.json for .*net\.onnx, from what the model/);
    const draft = JSON.parse(output.slice(output.indexOf('{'))) as Record<string, unknown>;
    assert.deepEqual(draft['model'], { file: 'net.onnx' });
    assert.deepEqual(draft['labels'], ['label-0', 'label-1']);

    const drafted = place('drafted');
    writeHandWritten(drafted, { model: tinyModel(), manifest: { ...draft, model: {} } });
    assert.equal((await check(drafted)).code, 0);
  });

  it('prints nothing but the draft to standard output', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [mainFile, 'check', alone], {
      encoding: 'utf8',
    });

    assert.equal(status, 1);
    assert.equal((JSON.parse(stdout) as { format: string }).format, 'understudy-bundle/1');
    assert.match(stderr, /^A first draft/);
  });

  it('drafts one for a directory with one model of any name, and an empty manifest', async () => {
    const named = place('named');
    mkdirSync(named);
    writeFileSync(join(named, 'net.onnx'), tinyModel());
    writeFileSync(join(named, 'manifest.json'), ''); // `check DIR > DIR/manifest.json` made it.

    const { output } = await check(named);

    assert.match(output, /A first draft of a manifest\.json for .*net\.onnx/);
  });

  it('says why it can not, where the model does not load', async () => {
    const broken = place('broken.onnx');
    writeFileSync(broken, 'version https://git-lfs.github.com/spec/v1\n');

    const { code, output } = await check(broken);

    assert.equal(code, 1);
    assert.match(output, /Git LFS pointer/);
    assert.doesNotMatch(output, /\n {4}at /);
  });
});
