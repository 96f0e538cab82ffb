import assert from 'node:assert/strict';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { InvalidBundleError } from '../../src/errors.js';
import type { BundleManifest } from '../../src/registry/bundle.js';
import { readBundle, verifyBundle } from '../../src/registry/read-bundle.js';
import { writeFakeBundle } from '../support/fake-bundle.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
let bundles = 0;
const newDir = (): string => join(directory, `bundle-${bundles++}`);
const withModel =
  (changes: Partial<BundleManifest['model']>) =>
  (manifest: BundleManifest): unknown => ({
    ...manifest,
    model: { ...manifest.model, ...changes },
  });

/** What both say: to read a bundle, and to verify it alone. */
async function refusal(dir: string): Promise<InvalidBundleError> {
  const verified = await verifyBundle(dir).catch((error: unknown) => String(error));
  try {
    await readBundle(dir);
  } catch (error) {
    assert.ok(error instanceof InvalidBundleError, String(error));
    assert.equal(verified, String(error));
    return error;
  }
  return assert.fail('The bundle was read.');
}

describe('reading a bundle', () => {
  it('gives the manifest and the model’s bytes', async () => {
    const { manifest, model } = await readBundle(writeFakeBundle(newDir(), 'weights'));

    assert.equal(manifest.model.architecture, 'MLP 784-64-10');
    assert.equal(Buffer.from(model).toString(), 'weights');
  });

  it('keeps manifest fields that it does not know', async () => {
    const dir = writeFakeBundle(newDir(), 'weights', (manifest) => ({ ...manifest, note: 'hi' }));

    const { manifest } = await readBundle(dir);
    assert.equal((manifest as BundleManifest & { note: string }).note, 'hi');
  });

  it('refuses a model of which one byte has changed, and says both checksums', async () => {
    const dir = writeFakeBundle(newDir(), 'weights');
    writeFileSync(join(dir, 'model.onnx'), 'weighty');

    const { message, details } = await refusal(dir);
    assert.match(message, /model\.onnx is damaged: .* SHA-256 .* Copy the bundle again/);
    assert.match(String(details['expected']), /^[0-9a-f]{64}$/);
    assert.notEqual(details['got'], details['expected']);
  });

  it('refuses a model cut short, and says both sizes', async () => {
    const dir = writeFakeBundle(newDir(), 'weights');
    writeFileSync(join(dir, 'model.onnx'), 'wei');

    const { details } = await refusal(dir);
    assert.deepEqual([details['expected'], details['got']], [7, 3]);
  });

  for (const file of ['../model.onnx', '/etc/hostname', 'a/../../model.onnx', '..', 'a\\b', ''])
    it(`refuses a manifest whose model file is "${file}"`, async () => {
      const dir = join(newDir(), 'inner');
      writeFakeBundle(join(dir, '..'), 'weights');
      writeFakeBundle(dir, 'weights', withModel({ file }));

      assert.match((await refusal(dir)).message, /model\.file: must be a plain file name/);
    });

  it('refuses a model file that is a link out of the directory', async () => {
    const outside = writeFakeBundle(newDir(), 'weights');
    const dir = writeFakeBundle(newDir(), 'weights');
    rmSync(join(dir, 'model.onnx'));
    symlinkSync(join(outside, 'model.onnx'), join(dir, 'model.onnx'));

    assert.match((await refusal(dir)).message, /outside its bundle/);
  });

  it('follows links inside the directory, as Kubernetes volumes have them', async () => {
    const dir = writeFakeBundle(newDir(), 'weights');
    mkdirSync(join(dir, '..data'));
    writeFileSync(join(dir, '..data', 'model.onnx'), 'weights');
    rmSync(join(dir, 'model.onnx'));
    symlinkSync(join('..data', 'model.onnx'), join(dir, 'model.onnx'));

    assert.equal((await readBundle(dir)).model.byteLength, 7);
    await verifyBundle(dir);
  });

  it('says what is missing, and what a bundle is', async () => {
    const empty = newDir();
    mkdirSync(empty);
    const noModel = writeFakeBundle(newDir(), 'weights');
    rmSync(join(noModel, 'model.onnx'));

    assert.match((await refusal(empty)).message, /manifest\.json is missing\. A bundle is/);
    assert.match((await refusal(noModel)).message, /model\.onnx is missing/);
    assert.match((await refusal(join(empty, 'nowhere'))).message, /nowhere.manifest\.json/);
  });

  it('refuses a manifest that is no JSON', async () => {
    const dir = writeFakeBundle(newDir(), 'weights');
    writeFileSync(join(dir, 'manifest.json'), '{"format": ');

    assert.match((await refusal(dir)).message, /manifest\.json is not JSON/);
  });

  it('lists all problems of a manifest together', async () => {
    const dir = writeFakeBundle(newDir(), 'weights', (manifest) => ({
      ...manifest,
      format: 'understudy-bundle/2',
      createdAt: 'yesterday',
      labels: ['a', 'a'],
      model: { ...manifest.model, sha256: 'xyz', bytes: -1 },
      calibration: { temperature: 0 },
      licence: { weights: 'MIT' },
    }));

    const { message, details } = await refusal(dir);
    for (const field of ['format', 'createdAt', 'labels', 'model.sha256', 'model.bytes'])
      assert.match(message, new RegExp(`\\n- ${field.replace('.', '\\.')}: `));
    assert.match(message, /\n- calibration\.temperature: [^]*\n- licence\.data: /);
    assert.equal(details['problems'], 7);
  });
});
