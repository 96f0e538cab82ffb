import { fork } from 'node:child_process';
import { once } from 'node:events';

export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  /** From the fork to the word that it listens. */
  readonly startMs: number;
  /** Asks it to end (SIGTERM), and waits. @throws {Error} when it did not end well. */
  stop(): Promise<void>;
}

/**
 * Starts a server in a process of its own and waits until it says `{url}` on the channel. It ends
 * when this process does, however that ends: the channel between them closes.
 *
 * @param entry  compiled module, for example that of `main.js`.
 * @param env    added to this process's environment, of which `UNDERSTUDY_*` is left out.
 */
export async function startServer(options: {
  readonly entry: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}): Promise<ServerProcess> {
  const { entry, args = [], env = {} } = options;
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('UNDERSTUDY_'));
  const startedMs = performance.now();
  const child = fork(entry, [...args], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...Object.fromEntries(inherited), ...env },
    execArgv: [],
  });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const ready = once(child, 'message') as Promise<[{ url: string }]>;
  const first = await Promise.race([ready, exited.then(([code]) => code)]);
  if (!Array.isArray(first)) throw new Error(`${entry} ended with ${String(first)} at its start.`);
  const startMs = performance.now() - startedMs;
  return {
    // A name may mean ::1 first, where nobody listens.
    url: first[0].url.replace('//localhost:', '//127.0.0.1:'),
    pid: child.pid!,
    startMs,
    async stop() {
      if (child.exitCode === null) child.kill('SIGTERM');
      const [code] = await exited;
      if (code !== 0) throw new Error(`${entry} ended with ${String(code)}.`);
    },
  };
}
