import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openTasks } from '../compose.js';
import { holdoutKeyPathOf } from '../compose-data-dir.js';
import { apiKeyVariable } from '../config/settings.js';
import {
  ConflictError,
  DistillationFailedError,
  UnknownTaskError,
  InvalidConfigError,
} from '../errors.js';
import type {
  PolicyJson,
  PolicyPatchJson,
  ProblemJson,
  RunJson,
  StudentJson,
  TaskJson,
} from '../http/api-types.js';
import type { TradeoffJson } from '../http/api-types-tradeoff.js';
import type { TaskService } from '../task/task-service.js';
import { loadSettings } from './load-settings.js';
import { findRunningGateway } from './running-gateway.js';
import { outsideOf } from './serve.js';

/** What the command line does with a task: over HTTP where a gateway runs, else on its files. */
export interface TaskControl {
  /** Where it happens, for people. */
  readonly where: string;
  /** A gateway does it: what is begun goes on when this process ends. */
  readonly isElsewhere: boolean;
  /** Where a bundle is copied to before `add` takes it in. */
  readonly incomingDir: string;
  students(): Promise<readonly StudentJson[]>;
  describe(): Promise<Pick<TaskJson, 'certificate' | 'policy'>>;
  /** @param incoming  name of a directory in `incomingDir`. */
  add(incoming: string): Promise<StudentJson>;
  promote(version: string): Promise<StudentJson>;
  rollback(): Promise<StudentJson>;
  tradeoff(): Promise<TradeoffJson>;
  updatePolicy(patch: PolicyPatchJson): Promise<PolicyJson>;
  runs(): Promise<readonly RunJson[]>;
  cancelRun(id: string): Promise<RunJson>;
  /** Starts a run and follows it to its end. */
  distil(onProgress: (run: RunJson) => void): Promise<RunJson>;
  /** The same of a run that makes a smaller version of one; null: of the one that serves. */
  compress(version: string | null, onProgress: (run: RunJson) => void): Promise<RunJson>;
}

/** Where the bundles of a task are put that it shall take in. */
export const incomingDirOf = (dataDir: string, task: string): string =>
  join(dataDir, 'tasks', task, 'incoming');

export interface ControlOptions {
  readonly config?: string;
  readonly dataDir?: string;
}

/**
 * Opens a task for one command. A running gateway is asked, so that its student changes at once;
 * without one the command works on the data directory itself.
 */
export async function withTask<T>(
  name: string,
  options: ControlOptions,
  work: (task: TaskControl) => Promise<T>,
): Promise<T> {
  const flags = { UNDERSTUDY_DATA_DIR: options.dataDir };
  const { config, sources } = loadSettings({ file: options.config, flags });
  const running = await findRunningGateway(config.dataDir);
  const apiKey = process.env[apiKeyVariable] ?? null;
  const incomingDir = incomingDirOf(config.dataDir, name);
  if (running !== null) return work(remoteTask(running.url, { name, incomingDir, apiKey }));

  requireDataDir(config.dataDir);
  const open = await openTasks(config, sources, outsideOf('silent'));
  try {
    const task = open.tasks.get(name);
    if (task === undefined) throw new UnknownTaskError(name, [...open.tasks.keys()]);
    return await work(localTask(task, config.dataDir, incomingDir));
  } finally {
    await open.close();
  }
}

/** @throws {InvalidConfigError} where no gateway has ever worked. */
export function requireDataDir(dataDir: string): void {
  if (existsSync(holdoutKeyPathOf(dataDir))) return;
  throw new InvalidConfigError(
    `${dataDir} is no data directory of a gateway. Name the gateway's with --data-dir ` +
      'or UNDERSTUDY_DATA_DIR, or start a gateway first: npm start.',
    { dataDir },
  );
}

function localTask(task: TaskService, dataDir: string, incomingDir: string): TaskControl {
  return {
    where: `in ${dataDir} (no gateway is running)`,
    isElsewhere: false,
    incomingDir,
    students: () => task.students(),
    add: (incoming) => task.addStudent(incoming),
    promote: (version) => task.promote(version),
    rollback: () => task.rollback(),
    tradeoff: async () => task.tradeoff(),
    updatePolicy: (patch) => task.updatePolicy(patch),
    describe: () => task.describe(),
    runs: async () => task.runs(),
    cancelRun: (id) => task.cancelRun(id),
    distil: async (onProgress) =>
      endOfRun(task, (await task.startDistillation('cli')).id, onProgress),
    compress: async (version, onProgress) =>
      endOfRun(task, (await task.startCompression(version, 'cli')).id, onProgress),
  };
}

function endOfRun(
  task: TaskService,
  id: string,
  onProgress: (run: RunJson) => void,
): Promise<RunJson> {
  return new Promise((resolve) => {
    const stop = task.followRun(id, (run) => {
      onProgress(run);
      if (run.state === 'running') return;
      setImmediate(() => stop()); // The first call comes before `stop` is known.
      resolve(run);
    });
  });
}

export interface RemoteTaskOptions {
  readonly name: string;
  readonly incomingDir: string;
  /** Null: none is shown. */
  readonly apiKey: string | null;
}

/** The same as what a task in this process can do, asked of a running gateway over HTTP. */
export function remoteTask(
  url: string,
  { name, incomingDir, apiKey }: RemoteTaskOptions,
): TaskControl {
  const base = `${url}/v1/tasks/${encodeURIComponent(name)}`;
  const shown: Readonly<Record<string, string>> =
    apiKey === null ? {} : { authorization: `Bearer ${apiKey}` };
  const get = <T>(path: string): Promise<T> => askJson<T>(`${base}${path}`, { headers: shown });
  const send = <T>(method: 'POST' | 'PATCH', path: string, body: unknown): Promise<T> =>
    askJson<T>(`${base}${path}`, {
      method,
      headers: { ...shown, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const post = <T>(path: string, body: unknown): Promise<T> => send('POST', path, body);
  const follow = (id: string, onProgress: (run: RunJson) => void): Promise<RunJson> =>
    followEvents(`${base}/distillations/${id}/events`, { headers: shown, onProgress });
  return {
    where: `by the gateway at ${url}`,
    isElsewhere: true,
    incomingDir,
    students: async () => (await get<{ students: StudentJson[] }>('/students')).students,
    add: (incoming) => post('/students', { incoming }),
    promote: (version) => post('/promote', { version }),
    rollback: () => post('/rollback', {}),
    tradeoff: () => get('/tradeoff'),
    updatePolicy: (patch) => send('PATCH', '/policy', patch),
    describe: () => get(''),
    runs: async () => (await get<{ runs: RunJson[] }>('/distillations')).runs,
    cancelRun: (id) =>
      askJson(`${base}/distillations/${encodeURIComponent(id)}`, {
        method: 'DELETE',
        headers: shown,
      }),
    async distil(onProgress) {
      const { id } = await post<RunJson>('/distillations?trigger=cli', {});
      return follow(id, onProgress);
    },
    async compress(version, onProgress) {
      const body = version === null ? {} : { version };
      const { id } = await post<RunJson>('/compress?trigger=cli', body);
      return follow(id, onProgress);
    },
  };
}

async function askJson<T>(url: string, init: RequestInit): Promise<T> {
  const response = await reach(url, init);
  if (response.ok) return (await response.json()) as T;
  throw await refusalOf(response);
}

async function refusalOf(response: Response): Promise<ConflictError> {
  const { detail, code, status } = (await response.json()) as ProblemJson;
  const advice = status === 401 ? ` Commands take it from ${apiKeyVariable}.` : '';
  return new ConflictError(`${detail}${advice}`, { code });
}

/** Reads server-sent events until the run has ended. */
async function followEvents(
  url: string,
  options: {
    readonly headers: Readonly<Record<string, string>>;
    readonly onProgress: (run: RunJson) => void;
  },
): Promise<RunJson> {
  const response = await reach(url, { headers: options.headers });
  if (!response.ok) throw await refusalOf(response);
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of chunksOf(response, url)) {
    text += decoder.decode(chunk, { stream: true });
    const events = text.split('\n\n');
    text = events.pop()!;
    for (const event of events) {
      const data = /^data: (.*)$/m.exec(event)?.[1];
      if (data === undefined) continue;
      const run = JSON.parse(data) as RunJson;
      options.onProgress(run);
      if (run.state !== 'running') return run;
    }
  }
  throw new DistillationFailedError(
    'The gateway ended the stream before the run ended. GET .../distillations says how it went.',
  );
}

/** @throws {ConflictError} when nobody answers: the gateway was there when the command began. */
async function reach(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (cause) {
    throw new ConflictError(
      `The gateway at ${new URL(url).origin} does not answer any more: it has ended. Start it ` +
        'again; or repeat the command, which then works on the data directory itself.',
      { reason: String(cause) },
    );
  }
}

/** @throws {DistillationFailedError} when the gateway dies: its run has died with it. */
async function* chunksOf(response: Response, url: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of response.body ?? []) yield chunk as Uint8Array;
  } catch (cause) {
    throw new DistillationFailedError(
      `The gateway at ${new URL(url).origin} has ended, and the run with it; the student that ` +
        'served before serves on. Start the gateway again, then distil once more.',
      {},
      { cause },
    );
  }
}
