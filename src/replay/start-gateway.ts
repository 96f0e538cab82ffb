import { fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { makeDirectory } from '../files/make-directory.js';

export interface ChildGateway {
  readonly url: string;
  /** Drains it. @throws {Error} when it did not end well. */
  stop(): Promise<void>;
}

/**
 * Starts a gateway in a process of its own, on a free port. It ends when this process does, however
 * that ends: the channel between them closes.
 *
 * It works in its data directory: an `understudy.yaml` where this process was started is about the
 * reader's own gateway.
 *
 * @param options  entry, and paths in env: absolute.
 */
export async function startGateway(options: {
  readonly entry: string;
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly onUnexpectedEnd: (code: number | null) => void;
}): Promise<ChildGateway> {
  const { entry, env } = options;
  const dataDir = resolve(options.dataDir);
  await makeDirectory(dataDir);
  const child = fork(entry, ['serve', '--port', '0', '--data-dir', dataDir], {
    cwd: dataDir,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env,
  });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const ready = once(child, 'message') as Promise<[{ url: string }]>;
  const first = await Promise.race([ready, exited.then(([code]) => code)]);
  if (!Array.isArray(first))
    throw new Error(`The gateway ended with ${String(first)} at its start.`);
  let isStopping = false;
  void exited.then(([code]) => {
    if (!isStopping) options.onUnexpectedEnd(code);
  });
  return {
    url: first[0].url,
    async stop() {
      isStopping = true;
      child.kill('SIGTERM');
      const [code] = await exited;
      if (code !== 0) throw new Error(`The gateway ended with ${String(code)}.`);
    },
  };
}
