import assert from 'node:assert/strict';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { openKeys, readKeys } from '../../src/keys/open-keys.js';
import { openKeysIfAny } from '../../src/keys/open-keys-if-any.js';
import { RecordingLog } from '../fakes/recording-log.js';
import { apiKeyOf, keysFileText } from '../support/key-ring.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const directory = temporaryDirectory();

async function open(name: string) {
  const path = join(directory, `${name}.yaml`);
  writeFileSync(path, keysFileText({ first: {} }));
  const log = new RecordingLog();
  const keys = await openKeys(path, log);
  after(() => keys.close());
  return { path, log, ring: keys.ring };
}

describe('an open keys file', () => {
  it('is YAML or JSON', async () => {
    const { name, sha256 } = apiKeyOf('first');
    const path = join(directory, 'block.yaml');
    writeFileSync(path, `- name: ${name}\n  sha256: ${sha256}\n  scopes: [read]\n`);

    assert.deepEqual(await readKeys(path), [apiKeyOf('first', { scopes: ['read'] })]);
  });

  it('is read again when it has changed, in place or by another file', async () => {
    const { path, log, ring } = await open('changed');

    writeFileSync(path, keysFileText({ first: {}, second: {} }));
    await until('the second is known', () => ring.find('second') !== null);
    writeFileSync(`${path}.new`, keysFileText({ third: {} }));
    renameSync(`${path}.new`, path);
    await until('the third is known', () => ring.find('third') !== null);

    assert.equal(ring.find('first'), null);
    assert.deepEqual(log.of('keys-changed').at(-1)?.fields, { path, keys: 1 });
  });

  it('keeps its keys, and says why, while it is wrong or gone', async () => {
    const { path, log, ring } = await open('broken');

    writeFileSync(path, '- name: [');
    await until('it is told', () => log.of('keys-unreadable').length === 1);
    assert.equal(ring.find('first')?.name, 'first');
    rmSync(path);
    await until('it is told', () => log.of('keys-unreadable').length === 2);
    assert.equal(ring.find('first')?.name, 'first');
    writeFileSync(path, keysFileText({ second: {} }));
    await until('it is read', () => ring.find('second') !== null);

    assert.equal(ring.find('first'), null);
  });

  it('keeps a gateway from starting when it is not there or not right', async () => {
    const log = new RecordingLog();
    await assert.rejects(
      openKeys(join(directory, 'nowhere'), log),
      /nowhere cannot be read: ENOENT/,
    );
    const path = join(directory, 'empty.yaml');
    writeFileSync(path, '');
    await assert.rejects(openKeysIfAny(path, log), /empty\.yaml has problems/);
  });

  it('need not be', async () => {
    assert.equal(await openKeysIfAny(null, new RecordingLog()), null);
  });
});
