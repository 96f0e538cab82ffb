import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { repositoryRoot } from '../../src/files/repository-root.js';
import { skipWithout } from '../support/skip-without.js';

const folder = join(repositoryRoot(), 'deploy', 'prometheus');
const skip = skipWithout('promtool', 'it comes with Debian\'s package "prometheus"');

function promtool(...args: string[]): void {
  const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: folder, encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
}

describe('promtool', { skip }, () => {
  it('takes the configuration, and the rules that it names', () => {
    promtool('check', 'config', '--lint=all', '--lint-fatal', 'prometheus.yml');
  });

  it('sees every alert fire on its cause, and stay quiet on what resembles it', () => {
    promtool('test', 'rules', 'rules.test.yml');
  });
});
