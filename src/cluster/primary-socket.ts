import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const isWindows = process.platform === 'win32';

/** Makes a place for the socket of the primary, for this user alone; Windows has named pipes. */
export async function makePrimarySocket(): Promise<string> {
  if (isWindows) return `\\\\.\\pipe\\understudy-${process.pid}`;
  return join(await mkdtemp(join(tmpdir(), 'understudy-')), 'primary.sock');
}

/** The primary does it at its end; one that was killed leaves it to its workers. */
export function removePrimarySocket(path: string): void {
  if (!isWindows) rmSync(dirname(path), { recursive: true, force: true });
}
