import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { stringify } from 'yaml';
import { smallEncoder } from '../../loadtest/encoder/encoder-graph.js';
import { writeEncoderBundle, writeIntentsTask } from '../../loadtest/encoder/encoder-bundle.js';
import type { ChildGateway } from '../../src/replay/start-gateway.js';
import { repositoryRoot } from '../../src/files/repository-root.js';
import { bundleFormat } from '../../src/registry/bundle.js';
import type { InputSpec } from '../../src/task/task.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { typedModel, type TypedModel } from '../support/typed-model.js';
import { assertUsableByAll, openConsole, skip } from './open-browser.js';

const labels = ['left', 'right'];

/** Writes a bundle that is its own teacher, and its task file. */
async function writeTask(
  dir: string,
  { input, model, more = {} }: { input: InputSpec; model: TypedModel; more?: object },
): Promise<string> {
  const name = dir.split('/').at(-1)!;
  const manifest = { format: bundleFormat, labels, input };
  const teacher = { kind: 'onnx', name: 'large', bundle: '.', costPerRowUsd: 0.001 };
  const task = { name, title: `Task ${name}`, input, labels, student: '.', teacher };
  await mkdir(dir);
  await writeFile(join(dir, 'model.onnx'), typedModel(model));
  await writeFile(join(dir, 'manifest.json'), JSON.stringify(manifest));
  const file = join(dir, 'task.yaml');
  await writeFile(file, stringify({ ...task, policy: { riskMax: 0.05 }, ...more }));
  return file;
}

async function writeTasks(dir: string): Promise<readonly string[]> {
  const texts = join(dir, 'intents');
  await writeEncoderBundle(texts, { ...smallEncoder, seed: 1 });
  return [
    await writeIntentsTask(texts, { student: texts, teacher: texts }),
    await writeTask(join(dir, 'colours'), {
      input: { kind: 'image', width: 2, height: 2, channels: 3 },
      model: {
        inputs: [{ name: 'pixels', dtype: 'float32', shape: ['batch', 12] }],
        weights: Float32Array.from({ length: 24 }, (_, k) => (k % 2 === 0 ? 1 : -1)),
        classes: 2,
      },
    }),
    await writeTask(join(dir, 'ids'), {
      input: {
        kind: 'tensor',
        tensors: [
          { name: 'ids', dtype: 'int64', shape: [2] },
          { name: 'is_new', dtype: 'bool', shape: [1] },
        ],
      },
      model: {
        inputs: [
          { name: 'ids', dtype: 'int64', shape: ['batch', 2] },
          { name: 'is_new', dtype: 'bool', shape: ['batch', 1] },
        ],
        weights: Float32Array.of(1, 0, 0, 1, 0, 0),
        classes: 2,
      },
      more: { executionProviders: ['dml', 'cpu'] }, // There is none on Linux.
    }),
  ];
}

describe('the console of tasks that nobody can draw for', { skip }, () => {
  let gateway: ChildGateway;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  const dir = temporaryDirectory();

  before(async () => {
    ({ gateway, browser, page, complaints } = await openConsole({
      dataDir: join(dir, 'data'),
      env: {
        UNDERSTUDY_TASKS: (await writeTasks(dir)).join(','),
      },
      onUnexpectedEnd: (what) => assert.fail(what),
    }));
  });
  after(async () => {
    await browser.close();
    await gateway.stop();
  });

  const field = () => page.getByRole('textbox');
  const button = (name: string) => page.getByRole('button', { name });
  const label = () => page.getByRole('status', { name: 'Label' });
  const choose = (task: string) => page.getByRole('combobox', { name: 'Task' }).selectOption(task);

  it('answers a text when it is asked to, and not while it is typed', async () => {
    await field().pressSequentially('please book a flight');
    await page.getByText('Nothing asked yet').waitFor();
    await button('Ask').click();

    await page.getByText('The teacher answered').waitFor();
    assert.match(await label().innerText(), /^intent-\d+$/);
    await page.getByText('the largest 8 of 16').waitFor();
  });

  it('asks again by keyboard, another model', async () => {
    await page.getByRole('radio', { name: 'Student' }).check();
    await field().fill('my card was lost');
    await field().press('Control+Enter');

    await page.getByText('The student answered').waitFor();
    await page.getByText('You asked for the student.').waitFor();
  });

  it('says where the student runs, and how rows share its runs', async () => {
    const words = await page.getByTestId('runs-like').innerText();

    assert.match(words, /^[\d.]+ ms a row (in threads|on the event loop), cpu, runs of up to \d+/);
    assert.match(words, /(exact|rounding|coupled)$/);
  });

  it('takes tensors as JSON, from an example on', async () => {
    await choose('ids');
    await page.getByText('Input as JSON: ids int64 [2], is_new bool [1]').waitFor();
    await button('Example').click();
    assert.deepEqual(JSON.parse(await field().inputValue()), { ids: [1, 1], is_new: [true] });
    await field().fill('{"ids": [1, 7], "is_new": [false]}');
    await button('Ask').click();

    await label().filter({ hasText: 'right' }).waitFor();
  });

  it('says why a provider that is wanted is not used', async () => {
    await page.getByText('dml is wanted and not used.').waitFor();
    await page.getByText('Used instead: cpu.').waitFor();
  });

  it('says where JSON breaks off, and sends nothing', async () => {
    await field().fill('{"ids": [1, ');
    await button('Ask').click();

    await page.getByRole('alert').getByText('This is not JSON').waitFor();
  });

  it('takes pixels in colour, and an image file', async () => {
    await choose('colours');
    await button('Example').click();
    assert.equal(
      Buffer.from(JSON.parse(await field().inputValue()) as string, 'base64').length,
      12,
    );
    const image = join(repositoryRoot(), 'src', 'console', 'screenshot.png');
    await page.getByLabel('Image file').setInputFiles(image);
    await page.waitForFunction('document.querySelector("textarea").value.length === 18');
    await button('Ask').click();

    await label().filter({ hasText: 'left' }).waitFor();
  });

  it('can be used by all, and has met no error on the way', async () => {
    await assertUsableByAll(page);
    assert.deepEqual(complaints, []);
  });

  it('says what the gateway found wrong', async () => {
    await choose('ids');
    await field().fill('{"ids": [1, "a"], "is_new": [true]}');
    await button('Ask').click();

    const problem = page.getByRole('alert');
    await problem.getByText('The request is not valid').waitFor();
    await problem.getByText('input.ids[1]', { exact: true }).waitFor();
  });
});
