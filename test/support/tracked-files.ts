import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../../src/files/repository-root.js';

/** Every file of the repository that is there and not ignored, committed or not; its path. */
export const trackedFiles = (): readonly string[] =>
  execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
    cwd: repositoryRoot(),
    encoding: 'utf8',
  })
    .split('\n')
    .filter((path) => path !== '' && existsSync(join(repositoryRoot(), path)));
