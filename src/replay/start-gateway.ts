import { resolve } from 'node:path';
import { makeDirectory } from '../files/make-directory.js';
import { startProcess, type ChildServer } from './start-process.js';

export type ChildGateway = ChildServer;

/**
 * Starts a gateway in a process of its own, on a free port.
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
  readonly signal?: AbortSignal;
}): Promise<ChildGateway> {
  const dataDir = resolve(options.dataDir);
  await makeDirectory(dataDir);
  const argv = ['serve', '--port', '0', '--data-dir', dataDir];
  return startProcess({ ...options, name: 'The gateway', argv, cwd: dataDir });
}
