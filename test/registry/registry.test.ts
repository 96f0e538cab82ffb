import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ConflictError, InvalidBundleError, NotFoundError } from '../../src/errors.js';
import type { EvaluationJson } from '../../src/http/api-types.js';
import { readBundle } from '../../src/registry/read-bundle.js';
import { openRegistry, type Registry } from '../../src/registry/registry.js';
import { writeFakeBundle } from '../support/fake-bundle.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
let count = 0;
const newDir = (): string => join(directory, `${count++}`);
const now = (): number => 1_800_000_000_000;
const evaluation: EvaluationJson = {
  temperature: 1.5,
  agreement: { estimate: 0.97, low: 0.95, high: 0.98, rows: 400 },
  coverage: 0.8,
  goldenAccuracy: 0.9,
  goldenRows: 100,
  runMsP99: 0.1,
  incumbent: null,
  gates: [{ name: 'golden', isPassed: false, reason: 'Has accuracy 90.0 %, before 95.0 %.' }],
};
const accepted = { temperature: 1.5, evaluation, isRejected: false };
const rejected = { ...accepted, isRejected: true };

/** Adds one bundle after another; gives their versions. */
async function addAll(registry: Registry, contents: readonly string[]): Promise<string[]> {
  const versions: string[] = [];
  for (const content of contents) {
    const { version } = await registry.add(writeFakeBundle(newDir(), content), accepted);
    versions.push(version);
  }
  return versions;
}

async function opened(contents: readonly string[] = []) {
  const dir = newDir();
  const registry = await openRegistry({ dir, now });
  return { dir, registry, versions: await addAll(registry, contents) };
}
const statesOf = (registry: Registry): string[] =>
  registry.list().map(({ version, state }) => `${version.slice(0, 2)} ${state}`);

describe('adding to a registry', () => {
  it('starts with nothing', async () => {
    const { registry } = await opened();

    assert.equal(registry.serving(), null);
    assert.deepEqual(registry.list(), []);
  });

  it('names the first student v1 and the start of its checksum', async () => {
    const { dir, registry } = await opened();

    const manifest = await registry.add(writeFakeBundle(newDir(), 'weights'), {
      temperature: 2,
      score: 'margin',
      evaluation: null,
      isRejected: false,
    });

    // printf weights | sha256sum
    assert.equal(manifest.version, 'v1-9a129038');
    assert.deepEqual(manifest.calibration, { temperature: 2, score: 'margin' });
    const stored = await registry.read('v1-9a129038');
    assert.deepEqual(stored, { dir: join(dir, 'v1-9a129038'), manifest, evaluation: null });
    const bundle = await readBundle(stored.dir);
    assert.deepEqual(bundle.manifest, manifest);
    assert.equal(Buffer.from(bundle.model).toString(), 'weights');
    assert.equal(registry.serving(), null);
  });

  it('keeps the evaluation, and lists what people want to know, newest first', async () => {
    const { registry, versions } = await opened(['one', 'two']);

    assert.deepEqual(
      registry.list().map(({ version }) => version),
      versions.toReversed(),
    );
    assert.deepEqual(registry.list()[1], {
      version: versions[0],
      createdAtMs: Date.UTC(2026, 0, 2, 3, 4, 5),
      state: 'unserved',
      architecture: 'MLP 784-64-10',
      multiplyAdds: 50_816,
      modelBytes: 3,
      trainingRows: 1234,
      parent: null,
      evaluation,
    });
  });

  it('copies a model of any file name', async () => {
    const { dir, registry } = await opened();
    const source = writeFakeBundle(newDir(), 'weights', (manifest) => ({
      ...manifest,
      model: { ...manifest.model, file: 'best.onnx' },
    }));
    writeFileSync(join(source, 'best.onnx'), 'weights');

    const { version } = await registry.add(source, accepted);

    assert.deepEqual(readdirSync(join(dir, version)).sort(), [
      'evaluation.json',
      'manifest.json',
      'model.onnx',
    ]);
    await readBundle(join(dir, version));
  });

  it('refuses a damaged bundle or temperature, and leaves nothing of it', async () => {
    const { dir, registry } = await opened(['one']);
    const damaged = writeFakeBundle(newDir(), 'weights');
    writeFileSync(join(damaged, 'model.onnx'), 'weighty');
    const before = readdirSync(dir).sort();

    await assert.rejects(registry.add(damaged, accepted), InvalidBundleError);
    const whole = writeFakeBundle(newDir(), 'weights');
    await assert.rejects(
      registry.add(whole, { ...accepted, temperature: NaN }),
      /calibration\.temperature/,
    );

    assert.deepEqual(readdirSync(dir).sort(), before);
    assert.deepEqual((await addAll(registry, ['two']))[0]!.slice(0, 3), 'v2-');
  });
});

describe('promoting and rolling back', () => {
  it('moves serving and previous', async () => {
    const { registry, versions } = await opened(['one', 'two', 'three']);

    await registry.promote(versions[0]!);
    assert.deepEqual(statesOf(registry), ['v3 unserved', 'v2 unserved', 'v1 serving']);
    await registry.promote(versions[2]!);
    assert.deepEqual(statesOf(registry), ['v3 serving', 'v2 unserved', 'v1 previous']);
    const promoted = await registry.promote(versions[1]!);
    assert.deepEqual(statesOf(registry), ['v3 previous', 'v2 serving', 'v1 retired']);
    assert.deepEqual(promoted, registry.serving());

    const back = await registry.rollback();
    assert.equal(back.version, versions[2]);
    assert.deepEqual(statesOf(registry), ['v3 serving', 'v2 retired', 'v1 retired']);
  });

  it('never rolls back twice, which would bring the bad version back', async () => {
    const { registry, versions } = await opened(['one', 'two']);
    await assert.rejects(registry.rollback(), ConflictError);
    await registry.promote(versions[0]!);
    await assert.rejects(registry.rollback(), ConflictError);
    await registry.promote(versions[1]!);
    await registry.rollback();

    await assert.rejects(registry.rollback(), {
      message: /no previous version/,
      isRetryable: false,
    });
    assert.equal(registry.serving()?.version, versions[0]);
  });

  it('keeps the previous version when the serving one is promoted again', async () => {
    const { registry, versions } = await opened(['one', 'two']);
    for (const version of [versions[0]!, versions[1]!, versions[1]!])
      await registry.promote(version);

    assert.deepEqual(statesOf(registry), ['v2 serving', 'v1 previous']);
  });

  it('refuses an unknown version and a rejected one, with the reason', async () => {
    const { registry } = await opened(['one']);
    const { version } = await registry.add(writeFakeBundle(newDir(), 'bad'), rejected);

    await assert.rejects(registry.promote('v9-00000000'), (error: unknown) => {
      assert.ok(error instanceof NotFoundError);
      assert.match(error.message, /v9-00000000\. Versions: v2-\w+, v1-\w+/);
      return true;
    });
    await assert.rejects(registry.read('v9-00000000'), NotFoundError);
    await assert.rejects(registry.promote(version), (error: unknown) => {
      assert.ok(error instanceof ConflictError && !error.isRetryable);
      assert.match(error.message, /was rejected .* accuracy 90\.0 %/);
      return true;
    });
    assert.deepEqual(statesOf(registry), ['v2 rejected', 'v1 unserved']);
  });

  it('refuses to promote, or go back to, a version that was damaged on disk', async () => {
    const { dir, registry, versions } = await opened(['one', 'two']);
    const damage = (version: string): void =>
      writeFileSync(join(dir, version, 'model.onnx'), 'odd');
    await registry.promote(versions[0]!);

    damage(versions[1]!);
    await assert.rejects(registry.promote(versions[1]!), InvalidBundleError);
    writeFileSync(join(dir, versions[1]!, 'model.onnx'), 'two');
    await registry.promote(versions[1]!);
    damage(versions[0]!);
    await assert.rejects(registry.rollback(), InvalidBundleError);

    assert.deepEqual(statesOf(registry), ['v2 serving', 'v1 previous']);
  });
});

describe('pruning', () => {
  it('removes the oldest versions past the limit, never the serving or previous one', async () => {
    const { dir, registry, versions } = await opened(['1', '2', '3', '4', '5', '6']);
    await registry.promote(versions[0]!);
    await registry.promote(versions[2]!);

    const removed = await registry.prune(2);

    assert.deepEqual(removed.toSorted(), [versions[1], versions[3]].toSorted());
    const kept = ['v6 unserved', 'v5 unserved', 'v3 serving', 'v1 previous'];
    assert.deepEqual(statesOf(registry), kept);
    assert.deepEqual(
      readdirSync(dir).filter((name) => !/^v[1356]-|^registry\.json$/.test(name)),
      [],
    );
    assert.deepEqual(await registry.prune(2), []);
    assert.deepEqual(statesOf(await openRegistry({ dir, now })), kept);
  });

  it('never gives a number again, though the newest versions are gone', async () => {
    const { dir, registry } = await opened(['1', '2', '3']);
    await registry.prune(0);
    assert.deepEqual(registry.list(), []);

    const again = await openRegistry({ dir, now });
    assert.match((await addAll(again, ['4']))[0]!, /^v4-/);
  });
});

describe('a registry that changes', () => {
  it('takes concurrent calls one after the other', async () => {
    const { dir, registry, versions } = await opened(['0']);
    const sources = Array.from({ length: 8 }, (_, k) => writeFakeBundle(newDir(), `model ${k}`));

    const added = sources.map((source) =>
      registry.add(source, accepted).then(({ version }) => registry.promote(version)),
    );
    await Promise.all([...added, registry.promote(versions[0]!), registry.prune(9)]);

    const numbers = registry.list().map(({ version }) => Number(version.slice(1, 2)));
    assert.deepEqual(numbers, [9, 8, 7, 6, 5, 4, 3, 2, 1]);
    const again = await openRegistry({ dir, now });
    assert.deepEqual(again.list(), registry.list());
    assert.deepEqual(again.serving(), registry.serving());
  });

  it('can be read at any moment of a change, in memory and on disk', async () => {
    const { dir, registry, versions } = await opened(['1', '2', '3']);
    await registry.promote(versions[0]!);
    const change = async (): Promise<void> => {
      await registry.promote(versions[1]!);
      await addAll(registry, ['4', '5']);
      await registry.prune(1);
    };

    const running = new Set([change()]);
    for (const one of running) void one.finally(() => running.delete(one));
    while (running.size > 0) {
      assert.ok(registry.serving() !== null);
      assert.ok(registry.list().length >= 3);
      assert.doesNotThrow(() => JSON.parse(readFileSync(join(dir, 'registry.json'), 'utf8')));
      await new Promise(setImmediate);
    }
  });

  it('changes nothing when its pointer can not be written', async () => {
    const { dir, registry, versions } = await opened(['1', '2', '3']);
    await registry.promote(versions[0]!);
    const before = registry.list();
    const inTheWay = join(dir, `.pointer-${process.pid}.tmp`);
    mkdirSync(inTheWay);

    await assert.rejects(registry.promote(versions[1]!), /EISDIR/);
    await assert.rejects(registry.prune(0), /EISDIR/);
    await assert.rejects(addAll(registry, ['4']), /EISDIR/);

    rmdirSync(inTheWay);
    assert.deepEqual(registry.list(), before);
    assert.deepEqual((await openRegistry({ dir, now })).list(), before);
    assert.match((await addAll(registry, ['4']))[0]!, /^v4-/);
  });

  it('sees what another process has done before it changes anything', async () => {
    const { dir, registry, versions } = await opened(['one']);
    const other = await openRegistry({ dir, now });
    const [second] = await addAll(other, ['two']);
    await other.promote(versions[0]!);

    await registry.promote(second!);
    const [third] = await addAll(registry, ['three']);

    assert.match(third!, /^v3-/);
    assert.deepEqual(statesOf(registry), ['v3 unserved', 'v2 serving', 'v1 previous']);
  });

  it('goes on after a change that failed', async () => {
    const { registry } = await opened();

    const failed = assert.rejects(registry.add(join(newDir(), 'nothing'), accepted));
    const added = registry.add(writeFakeBundle(newDir(), 'one'), accepted);

    await failed;
    assert.match((await added).version, /^v1-/);
  });
});
