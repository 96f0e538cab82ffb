import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from './repository-root.js';

/** @returns this program's version, as package.json has it: `0.1.0`. */
export function programVersion(root = repositoryRoot()): string {
  const text = readFileSync(join(root, 'package.json'), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}

/** @returns the same, with the commit in a clone: `0.1.0 (1f9a03c2)`. */
export function codeVersion(root = repositoryRoot()): string {
  const version = programVersion(root);
  const commit = commitOf(join(root, '.git'));
  return commit === null ? version : `${version} (${commit.slice(0, 8)})`;
}

/** @returns null where there is no repository, or one of a kind that is not known here. */
function commitOf(gitDir: string): string | null {
  const head = read(join(gitDir, 'HEAD'))?.trim();
  if (head === undefined) return null;
  const ref = /^ref: (.+)$/.exec(head)?.[1];
  if (ref === undefined) return isCommit(head) ? head : null;
  const own = read(join(gitDir, ref))?.trim();
  if (own !== undefined && isCommit(own)) return own;
  const line = read(join(gitDir, 'packed-refs'))
    ?.split('\n')
    .find((packed) => packed.endsWith(` ${ref}`));
  return line === undefined ? null : line.slice(0, 40);
}

const isCommit = (text: string): boolean => /^[0-9a-f]{40}$/.test(text);

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null; // Not there; a worktree's .git is a file.
  }
}
