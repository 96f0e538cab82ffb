import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { InvalidBundleError, InvalidConfigError } from '../../src/errors.js';
import { numberOf } from '../../src/registry/bundle-store.js';
import { openRegistry } from '../../src/registry/registry.js';
import { writeFakeBundle } from '../support/fake-bundle.js';
import { runUntilKilled } from '../support/run-until-killed.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
let count = 0;
const newDir = (): string => join(directory, `${count++}`);
const accepted = { temperature: 1, evaluation: null, isRejected: false };

/** A registry with v1 previous, v2 serving and v3 beside them. */
async function filledRegistry(): Promise<{ dir: string; versions: string[] }> {
  const dir = newDir();
  const registry = await openRegistry({ dir, now: Date.now });
  const versions: string[] = [];
  for (const content of ['one', 'two', 'three']) {
    const { version } = await registry.add(writeFakeBundle(newDir(), content), accepted);
    versions.push(version);
  }
  await registry.promote(versions[0]!);
  await registry.promote(versions[1]!);
  return { dir, versions };
}

const open = (dir: string) => openRegistry({ dir, now: Date.now });

describe('opening a registry', () => {
  it('finds what was there', async () => {
    const { dir, versions } = await filledRegistry();

    const registry = await open(dir);

    assert.equal(registry.serving()?.version, versions[1]);
    assert.deepEqual(
      registry.list().map(({ state }) => state),
      ['unserved', 'serving', 'previous'],
    );
    assert.equal((await registry.rollback()).version, versions[0]);
  });

  it('takes versions of before anybody wrote down that they served for ones that did', async () => {
    const { dir } = await filledRegistry();
    const path = join(dir, 'registry.json');
    const older = readFileSync(path, 'utf8').replace(/,\s*"hasServed": \w+/g, '');
    assert.doesNotMatch(older, /hasServed/);
    writeFileSync(path, older);

    const [newest] = (await open(dir)).list();

    assert.equal(newest!.state, 'retired');
  });

  it('clears what a crash left of an add, a prune and a pointer', async () => {
    const { dir, versions } = await filledRegistry();
    const before = readdirSync(dir).sort();
    writeFakeBundle(join(dir, '.incoming-v4-12345678'), 'half');
    writeFakeBundle(join(dir, '.removed-v0-12345678'), 'old');
    writeFileSync(join(dir, '.pointer-123.tmp'), '{"form');
    mkdirSync(join(dir, 'v4-12345678'));
    writeFileSync(join(dir, 'v4-12345678', 'manifest.json'), '{}');

    const registry = await open(dir);

    assert.deepEqual(readdirSync(dir).sort(), before);
    assert.equal(registry.serving()?.version, versions[1]);
  });

  it('spends the number of a version that a crash kept from getting its name', async () => {
    const { dir, versions } = await filledRegistry();
    rmSync(join(dir, versions[2]!), { recursive: true });

    const registry = await open(dir);

    assert.deepEqual(
      registry.list().map(({ version }) => version),
      [versions[1], versions[0]],
    );
    const { version } = await registry.add(writeFakeBundle(newDir(), 'four'), accepted);
    assert.match(version, /^v4-/);
  });

  it('neither lists nor deletes nor overwrites a whole bundle that it does not know', async () => {
    const { dir } = await filledRegistry();
    const strange = writeFakeBundle(join(dir, 'v7-12345678'), 'by hand');

    const registry = await open(dir);
    const { version } = await registry.add(writeFakeBundle(newDir(), 'four'), accepted);

    assert.match(version, /^v8-/);
    assert.equal(registry.list().length, 4);
    assert.equal(readFileSync(join(strange, 'model.onnx'), 'utf8'), 'by hand');
  });

  it('leaves a damaged version out that does not serve, and keeps its files', async () => {
    const { dir, versions } = await filledRegistry();
    writeFileSync(join(dir, versions[2]!, 'manifest.json'), '{}');

    const registry = await open(dir);

    assert.equal(registry.list().length, 2);
    assert.ok(existsSync(join(dir, versions[2]!, 'model.onnx')));
  });

  it('opens when only the previous version is gone, and says so on rollback', async () => {
    const { dir, versions } = await filledRegistry();
    rmSync(join(dir, versions[0]!, 'model.onnx'));

    const registry = await open(dir);

    assert.equal(registry.serving()?.version, versions[1]);
    await assert.rejects(registry.rollback(), /v1-\w+.model\.onnx is missing/);
  });
});

describe('opening a registry that can not be trusted', () => {
  const refusal = (dir: string, message: RegExp): Promise<void> =>
    assert.rejects(open(dir), (error: unknown) => {
      assert.ok(error instanceof InvalidBundleError, String(error));
      assert.match(error.message, message);
      return true;
    });

  const damages: Readonly<Record<string, (bundle: string) => void>> = {
    'has another model': (bundle) => writeFileSync(join(bundle, 'model.onnx'), 'odd'),
    'has no model': (bundle) => rmSync(join(bundle, 'model.onnx')),
    'has no manifest': (bundle) => rmSync(join(bundle, 'manifest.json')),
    'is gone': (bundle) => rmSync(bundle, { recursive: true }),
    'has a broken evaluation': (bundle) => writeFileSync(join(bundle, 'evaluation.json'), '{'),
    'is another version': (bundle) => void writeFakeBundle(bundle, 'two'),
  };
  for (const [what, damage] of Object.entries(damages)) {
    it(`refuses to go on when the serving version ${what}`, async () => {
      const { dir, versions } = await filledRegistry();
      damage(join(dir, versions[1]!));

      await refusal(dir, /The serving student v2-\w+ can not be used: .* change "serving"/);
    });
  }

  it('refuses a pointer that is damaged, or names a version that it does not know', async () => {
    const { dir } = await filledRegistry();
    const path = join(dir, 'registry.json');
    const pointer = JSON.parse(readFileSync(path, 'utf8')) as object;

    writeFileSync(path, '{"format":');
    await refusal(dir, /registry\.json can not be used: .*Restore it/s);
    writeFileSync(path, JSON.stringify({ ...pointer, nextNumber: 0, serving: '../../etc' }));
    await refusal(dir, /- serving: must be like v2-1f9a03c2\n- nextNumber: /);
    writeFileSync(path, JSON.stringify({ ...pointer, serving: 'v9-00000000' }));
    await refusal(dir, /serving and previous must be among the versions/);
  });

  it('refuses bundles without a pointer, for it would serve nothing and count anew', async () => {
    const { dir } = await filledRegistry();
    rmSync(join(dir, 'registry.json'));

    await refusal(dir, /no registry\.json/);
  });

  it('says which directory can not be made', async () => {
    const file = newDir();
    writeFileSync(file, '');

    await assert.rejects(open(join(file, 'students')), (error: unknown) => {
      assert.ok(error instanceof InvalidConfigError);
      assert.match(error.message, /students.*can not be made/);
      return true;
    });
  });
});

describe('a registry after kill -9', () => {
  it('serves what was acknowledged last, or a later one, and gives no number twice', async () => {
    const dir = newDir();
    const sources = newDir();
    let highest = 0;
    for (const lines of [1, 2, 3, 5, 8, 13]) {
      const promoted = await runUntilKilled('promote-until-killed.js', {
        args: [dir, sources],
        lines,
      });

      const registry = await open(dir);
      assert.ok(numberOf(promoted[0]!) > highest);
      highest = numberOf(promoted.at(-1)!);
      assert.ok(numberOf(registry.serving()!.version) >= highest);
      assert.deepEqual(
        readdirSync(dir).filter((name) => name.startsWith('.')),
        [],
      );
    }
  });
});
