import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { InvalidBundleError } from '../../src/errors.js';
import { openRegistry } from '../../src/registry/registry.js';
import { readBundle, readManifest } from '../../src/registry/read-bundle.js';
import { writeHandWritten } from '../support/hand-written.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
let bundles = 0;
const newDir = (): string => join(directory, `bundle-${bundles++}`);
const model = Buffer.from('weights');
const input = { kind: 'image', width: 2, height: 1, channels: 1 };
const minimal = { labels: ['no', 'yes'], input };
const tokenizer = '{"model": {}}';
const texts = { ...minimal, input: { kind: 'text' }, preprocess: { kind: 'tokenizer' } };
const sha256Of = (content: string | Uint8Array): string =>
  createHash('sha256').update(content).digest('hex');
const factOf = (file: string, content: string) => ({
  file,
  sha256: sha256Of(content),
  bytes: Buffer.byteLength(content),
});

async function refusal(dir: string): Promise<string> {
  try {
    await readBundle(dir);
  } catch (error) {
    assert.ok(error instanceof InvalidBundleError, String(error));
    return error.message;
  }
  return assert.fail('The bundle was read.');
}

describe('a manifest of format, labels, input and model alone', () => {
  it('is filled in from the files, and from what is usual', async () => {
    const dir = writeHandWritten(newDir(), { model, manifest: minimal });
    utimesSync(join(dir, 'model.onnx'), 1_700_000_000, 1_700_000_000);

    const { manifest, files, model: bytes } = await readBundle(dir);

    const sha256 = sha256Of(model);
    assert.deepEqual(manifest, {
      format: 'understudy-bundle/1',
      version: `v0-${sha256.slice(0, 8)}`,
      task: 'unnamed',
      createdAt: '2023-11-14T22:13:20.000Z',
      model: {
        ...{ file: 'model.onnx', sha256, bytes: 7, inputName: null, outputName: null },
        ...{ parameters: null, multiplyAdds: null, architecture: 'ONNX model' },
      },
      labels: ['no', 'yes'],
      input,
      preprocess: {
        ...{ kind: 'image', width: 2, height: 1, resize: 'bilinear', layout: 'flat' },
        ...{ channelOrder: 'rgb', scale: 1, mean: [0], std: [1] },
      },
      output: { kind: 'logits' },
      files: [],
      recorded: null,
      calibration: { temperature: 1, score: 'top-probability' },
      lineage: null,
      licence: null,
    });
    assert.equal(files.size, 0);
    assert.deepEqual(Buffer.from(bytes), model);
    assert.deepEqual(await readManifest(dir), manifest);
  });

  it('may name another model file', async () => {
    const manifest = { ...minimal, model: { file: 'net.onnx' } };
    const dir = writeHandWritten(newDir(), { model, manifest, files: { 'net.onnx': 'other' } });

    assert.equal(Buffer.from((await readBundle(dir)).model).toString(), 'other');
  });

  it('is taken in by a registry, which keeps it complete', async () => {
    const registry = await openRegistry({ dir: newDir(), now: () => 1 });
    const manifest = { ...texts, model: { file: 'net.onnx' }, recorded: 'recorded.json' };
    const files = { 'net.onnx': 'other', 'tokenizer.json': tokenizer, 'recorded.json': '{}' };
    const dir = writeHandWritten(newDir(), { model, manifest, files });

    const added = { temperature: 2, evaluation: null, isRejected: false };
    const { version } = await registry.add(dir, added);

    const stored = await registry.read(version);
    const { manifest: kept, files: contents, model: bytes } = await readBundle(stored.dir);
    assert.equal(version, `v1-${sha256Of('other').slice(0, 8)}`);
    assert.equal(kept.version, version);
    assert.equal(kept.model.file, 'model.onnx');
    assert.equal(Buffer.from(bytes).toString(), 'other');
    assert.deepEqual([...contents.keys()].sort(), ['recorded.json', 'tokenizer.json']);
    assert.equal(Buffer.from(contents.get('tokenizer.json')!).toString(), tokenizer);
    const written = JSON.parse(readFileSync(join(stored.dir, 'manifest.json'), 'utf8')) as object;
    assert.deepEqual(written, JSON.parse(JSON.stringify(kept)));
  });
});

describe('the other files of a bundle', () => {
  it('are read where the manifest names them without their checksums', async () => {
    const preprocess = { ...texts.preprocess, configFile: 'tokenizer_config.json' };
    const manifest = { ...texts, preprocess, recorded: 'recorded.json' };
    const files = {
      ...{ 'tokenizer.json': tokenizer, 'tokenizer_config.json': '{}' },
      ...{ 'recorded.json': '[]', 'notes.txt': 'not named' },
    };
    const dir = writeHandWritten(newDir(), { model, manifest, files });

    const read = await readBundle(dir);

    assert.deepEqual(
      new Map([...read.files].map(([name, bytes]) => [name, Buffer.from(bytes).toString()])),
      new Map([
        ['recorded.json', '[]'],
        ['tokenizer.json', tokenizer],
        ['tokenizer_config.json', '{}'],
      ]),
    );
    assert.deepEqual(read.manifest.files, [
      factOf('recorded.json', '[]'),
      factOf('tokenizer.json', tokenizer),
      factOf('tokenizer_config.json', '{}'),
    ]);
    assert.deepEqual((await readManifest(dir)).files, read.manifest.files);
    const unlisted = { ...read.manifest, files: [] };
    writeFileSync(join(dir, 'manifest.json'), JSON.stringify(unlisted));
    assert.deepEqual(await readManifest(dir), read.manifest);
  });

  it('are checked where it gives their checksums, and read once', async () => {
    const manifest = { ...texts, files: [factOf('tokenizer.json', tokenizer)] };
    const files = { 'tokenizer.json': tokenizer };
    const read = await readBundle(writeHandWritten(newDir(), { model, manifest, files }));

    assert.deepEqual(read.manifest.files, manifest.files);
    assert.deepEqual([...read.files.keys()], ['tokenizer.json']);
  });

  const checked = { ...texts, files: [factOf('tokenizer.json', tokenizer)] };
  for (const [what, content, message] of [
    [
      'one byte of them has changed',
      tokenizer.replace('m', 'n'),
      /SHA-256 .*, it has [0-9a-f]{64}/,
    ],
    ['they are cut short', tokenizer.slice(1), /says bytes 13, it has 12\./],
  ] as const)
    it(`are refused where ${what}`, async () => {
      const files = { 'tokenizer.json': content };
      const dir = writeHandWritten(newDir(), { model, manifest: checked, files });

      const said = await refusal(dir);
      assert.match(said, /tokenizer\.json is damaged/);
      assert.match(said, message);
    });

  for (const manifest of [texts, checked, { ...minimal, recorded: 'tokenizer.json' }])
    it('are said to be missing', async () => {
      const dir = writeHandWritten(newDir(), { model, manifest });

      assert.match(await refusal(dir), /tokenizer\.json is missing/);
    });

  const out = '../tokenizer.json';
  const leading: Readonly<Record<string, object>> = {
    'preprocess.file': { ...texts, preprocess: { kind: 'tokenizer', file: out } },
    'preprocess.configFile': { ...texts, preprocess: { kind: 'tokenizer', configFile: out } },
    recorded: { ...minimal, recorded: out },
    'files.0.file': { ...minimal, files: [{ ...factOf('a', 'a'), file: out }] },
  };
  for (const [field, manifest] of Object.entries(leading))
    it(`are refused where ${field} leads out of the directory`, async () => {
      writeFileSync(join(directory, 'tokenizer.json'), tokenizer);
      const dir = writeHandWritten(newDir(), { model, manifest: { ...manifest } });

      assert.ok((await refusal(dir)).includes(`\n- ${field}: must be a plain file name`));
    });

  it('are refused where they are links out of the directory', async () => {
    writeFileSync(join(directory, 'tokenizer.json'), tokenizer);
    const dir = writeHandWritten(newDir(), { model, manifest: texts });
    symlinkSync(join(directory, 'tokenizer.json'), join(dir, 'tokenizer.json'));

    assert.match(await refusal(dir), /outside its bundle/);
  });

  for (const name of ['model.onnx', 'manifest.json', 'evaluation.json'])
    it(`can not have the gateway’s own name ${name}`, async () => {
      for (const manifest of [
        { ...minimal, recorded: name },
        { ...minimal, files: [factOf(name, 'weights')] },
        { ...texts, preprocess: { kind: 'tokenizer', file: name } },
      ])
        assert.match(
          await refusal(writeHandWritten(newDir(), { model, manifest })),
          /must not be model\.onnx, manifest\.json, evaluation\.json/,
        );
    });

  it('must be files', async () => {
    const dir = writeHandWritten(newDir(), { model, manifest: minimal });
    rmSync(join(dir, 'model.onnx'));
    mkdirSync(join(dir, 'model.onnx'));

    assert.match(await refusal(dir), /model\.onnx can not be read \(EISDIR\)/);
  });
});
