import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { parseKeys } from '../../src/keys/api-key.js';
import { mainFile } from '../support/gateway-process.js';

const run = (...args: string[]) =>
  spawnSync(process.execPath, [mainFile, 'key', ...args], { encoding: 'utf8' });

describe('understudy key', () => {
  it('shows the key on standard error, and its entry on standard output', () => {
    const { status, stdout, stderr } = run(
      'shop',
      '--scopes',
      'predict, read',
      '--tasks',
      'digits',
    );

    const key = /understudy_[\w-]{43}/.exec(stderr)![0];
    assert.equal(status, 0);
    assert.ok(!stdout.includes(key));
    assert.deepEqual(parseKeys(parse(stdout), 'stdout'), [
      {
        name: 'shop',
        sha256: createHash('sha256').update(key).digest('hex'),
        scopes: ['predict', 'read'],
        tasks: ['digits'],
        usdPerHour: null,
      },
    ]);
  });

  it('makes entries that can stand one after the other, for predictions of all tasks', () => {
    const both = run('one').stdout + run('two').stdout;

    const [one, two] = parseKeys(parse(both), 'both');
    assert.deepEqual([one!.name, one!.scopes, one!.tasks], ['one', ['predict'], null]);
    assert.notEqual(one!.sha256, two!.sha256);
  });

  it('says what is wrong, and makes none', () => {
    const { status, stdout, stderr } = run('my shop', '--scopes', 'admin');

    assert.deepEqual([status, stdout], [1, '']);
    assert.match(stderr, /\n- 0\.name: use A-Z.*\n- 0\.scopes\.0: Invalid option.*"operate"/);
    assert.doesNotMatch(stderr, /understudy_/);
  });
});
