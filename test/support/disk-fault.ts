import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after } from 'node:test';
import { skipWithout } from './skip-without.js';

export interface DiskFault {
  /** What the kernel answers. */
  readonly error: 'EIO' | 'ENOSPC';
  /** The calls that it answers so. */
  readonly calls: readonly ('fsync' | 'fdatasync' | 'pwrite64')[];
}

export const skipWithoutStrace = skipWithout('strace', 'it is Debian\'s package "strace" (Linux).');

/**
 * Has a process's calls on the files of the capture log fail, in all its threads, from when this
 * resolves until it is healed or the process ends.
 */
export async function breakDisk(
  pid: number,
  dataDir: string,
  { error, calls }: DiskFault,
): Promise<{ heal(): Promise<void> }> {
  const log = join(dataDir, 'capture.sqlite');
  const strace = spawn(
    'strace',
    [
      ...['-f', '-p', String(pid), '-P', log, '-P', `${log}-wal`, '-o', '/dev/null'],
      ...['-e', `trace=${calls.join()}`, '-e', `inject=${calls.join()}:error=${error}`],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  // Asked to end while its process is killed, too, it has been seen to wait for ever.
  after(() => strace.kill('SIGKILL'));
  const ended = once(strace, 'exit');
  let said = '';
  const attached = new Promise<void>((resolve) => {
    strace.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
      if (said.includes(' attached')) resolve();
    });
  });
  await Promise.race([
    attached,
    ended.then(() => {
      throw new Error(`strace could not attach to the process:\n${said}`);
    }),
  ]);
  return {
    async heal() {
      strace.kill();
      await ended;
    },
  };
}
