import { fork } from 'node:child_process';
import { once } from 'node:events';

/** A server in a process of its own. */
export interface ChildServer {
  readonly url: string;
  /** Drains it. @throws {Error} when it did not end well. */
  stop(): Promise<void>;
}

/**
 * Starts a module that says where it listens, `{url}`, in its first message. It ends when this
 * process does, however that ends: the channel between them closes.
 *
 * @param options  name: for messages, `The gateway`; entry: absolute.
 * @throws {Error} when it ends before it has said so.
 */
export async function startProcess(options: {
  readonly name: string;
  readonly entry: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly onUnexpectedEnd: (code: number | null) => void;
  /** Ends it at once. */
  readonly signal?: AbortSignal;
}): Promise<ChildServer> {
  const { name, entry, argv, cwd, env, signal } = options;
  signal?.throwIfAborted();
  const child = fork(entry, argv, { cwd, stdio: ['ignore', 'ignore', 'inherit', 'ipc'], env });
  signal?.addEventListener('abort', () => child.kill('SIGKILL'));
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const ready = once(child, 'message') as Promise<[{ url: string }]>;
  const first = await Promise.race([ready, exited.then(([code]) => code)]);
  if (!Array.isArray(first)) throw new Error(`${name} ended with ${String(first)} at its start.`);
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
      if (code !== 0) throw new Error(`${name} ended with ${String(code)}.`);
    },
  };
}
