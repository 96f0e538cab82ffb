import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { compressBundle } from '../../src/distillation/compress/compress-bundle.js';
import { repositoryRoot } from '../../src/files/repository-root.js';
import type { StudentJson } from '../../src/http/api-types.js';
import type { BundleManifest } from '../../src/registry/bundle.js';
import type { ChildGateway } from '../../src/replay/start-gateway.js';
import { ask } from '../support/http-client.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { assertUsableByAll, openConsole, skip } from './open-browser.js';

const path = '/v1/tasks/digits';
/** Loading 14 MB and compiling them takes its time on a busy machine. */
const lookMsMax = 120_000;

// One visit: the student that came with the task, then its weights in 8 bits.
describe('a student in the browser', { skip }, () => {
  let gateway: ChildGateway;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  const dataDir = temporaryDirectory();
  const fetched: string[] = [];

  before(async () => {
    ({ gateway, browser, page, complaints } = await openConsole({
      dataDir,
      onUnexpectedEnd: (what) => console.error(what),
    }));
    page.on('request', (request) => fetched.push(new URL(request.url()).pathname));
    await page.reload();
    await page.getByRole('button', { name: 'Run it here' }).waitFor();
  });
  after(async () => {
    await browser.close();
    await gateway.stop();
  });

  const port = () => Number(new URL(gateway.url).port);
  const serving = async (): Promise<StudentJson> => {
    const { body } = await ask<{ students: StudentJson[] }>(port(), 'GET', `${path}/students`);
    return body.students.find(({ state }) => state === 'serving')!;
  };
  const numberOf = async (id: string): Promise<number> =>
    Number.parseFloat(await page.getByTestId(id).innerText());

  /** @returns greatest difference of a probability from the gateway's. */
  async function look(button: string, version: string): Promise<number> {
    await page.getByRole('button', { name: button }).click();
    const facts = page.locator('[data-testid=edge][data-stage=done]');
    await facts.filter({ hasText: version }).waitFor({ timeout: lookMsMax });
    assert.equal(await page.getByTestId('edge-same').innerText(), '24 of 24');
    return numberOf('edge-gap');
  }

  it('is loaded when somebody asks for it, and not before', async () => {
    assert.ok(fetched.length > 5);
    assert.deepEqual(
      fetched.filter((url) => /edge-student|\.wasm$|\/files\//.test(url)),
      [],
    );
  });

  it('gives the probabilities that the gateway gives, on real digits', async (test) => {
    const { version } = await serving();

    const gap = await look('Run it here', version);

    test.diagnostic(`Greatest difference of a probability, in floats: ${gap}`);
    assert.ok(gap < 1e-5, String(gap));
    assert.equal(await page.getByRole('img', { name: /^A real input, labelled \d/ }).count(), 24);
    assert.equal(fetched.filter((url) => url.endsWith('.wasm')).length, 1);
  });

  it('does so with weights in 8 bits, after the student has changed', async (test) => {
    const student = join(repositoryRoot(), 'models', 'digits', 'student');
    const incoming = join(dataDir, 'tasks', 'digits', 'incoming');
    await compressBundle(student, join(incoming, 'in-8-bits'));
    const added = await ask<StudentJson>(port(), 'POST', `${path}/students`, {
      incoming: 'in-8-bits',
    });
    const { version } = added.body;
    await ask(port(), 'POST', `${path}/promote`, { version });
    await page.locator(`tbody[data-version="${version}"]`).filter({ hasText: 'serving' }).waitFor();

    const gap = await look('Run it here', version);

    test.diagnostic(`Greatest difference of a probability, in 8 bits: ${gap}`);
    assert.ok(gap < 1e-4, String(gap)); // Sums of whole numbers are the same everywhere.
    await page.getByTestId('edge').getByText('MLP 784-128-10, int8').waitFor();
  });

  it('takes files that never change, and none with inputs of callers', async () => {
    const { version } = await serving();
    const files = `${gateway.url}${path}/students/${version}/files`;

    const manifest = await fetch(`${files}/manifest.json`);
    const model = await fetch(`${files}/model.onnx`);
    const absent = ['recorded.json', 'evaluation.json', '..%2Fregistry.json', 'nothing'];
    const statuses = await Promise.all(
      absent.map(async (file) => (await fetch(`${files}/${file}`)).status),
    );

    assert.equal(manifest.headers.get('cache-control'), 'private, max-age=31536000, immutable');
    assert.match(manifest.headers.get('content-type')!, /^application\/json/);
    assert.equal(model.headers.get('content-type'), 'application/octet-stream');
    const bytes = new Uint8Array(await model.arrayBuffer());
    const said = ((await manifest.json()) as BundleManifest).model;
    assert.equal(createHash('sha256').update(bytes).digest('hex'), said.sha256);
    assert.deepEqual(statuses, [404, 404, 404, 404]);
  });

  it('can be used by all, and has met no error on the way', async () => {
    await assertUsableByAll(page);
    assert.deepEqual(complaints, []);
  });
});
