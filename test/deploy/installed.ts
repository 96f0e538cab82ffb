import { spawnSync } from 'node:child_process';

/** Why a suite that needs this program is skipped, or false when the program is there. */
export function skipWithout(program: string, hint: string): string | false {
  const { error } = spawnSync(program, ['--version'], { stdio: 'ignore' });
  return error === undefined ? false : `${program} is not installed: ${hint}`;
}
