import { programFile } from '../../src/files/repository-root.js';
import { startServer, type ServerProcess } from '../server-process.js';

export interface BenchGateway extends ServerProcess {
  predictUrl(task: string): string;
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body: unknown): Promise<T>;
  /** `/metrics`, as text. */
  metrics(): Promise<string>;
}

export const gatewayEntry = programFile();

/** Starts the gateway as a user does, with its defaults; `tasks` are task files, else digits. */
export async function startGateway(options: {
  readonly dataDir: string;
  readonly tasks?: string;
}): Promise<BenchGateway> {
  const { dataDir, tasks } = options;
  const server = await startServer({
    entry: gatewayEntry,
    args: ['serve', '--port', '0', '--data-dir', dataDir],
    env: {
      UNDERSTUDY_LOG_LEVEL: 'error',
      ...(tasks === undefined ? {} : { UNDERSTUDY_TASKS: tasks }),
    },
  });
  const ask = async (path: string, init?: RequestInit): Promise<Response> => {
    const response = await fetch(`${server.url}${path}`, init);
    if (!response.ok)
      throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return response;
  };
  return {
    ...server,
    predictUrl: (task) => `${server.url}/v1/tasks/${task}/predict`,
    get: async <T>(path: string) => (await (await ask(path)).json()) as T,
    async post<T>(path: string, body: unknown) {
      const headers = { 'content-type': 'application/json' };
      const init = { method: 'POST', headers, body: JSON.stringify(body) };
      return (await (await ask(path, init)).json()) as T;
    },
    metrics: async () => (await ask('/metrics')).text(),
  };
}
