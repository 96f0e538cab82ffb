import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Capture } from './capture/capture.js';
import { watchCapture } from './capture/watched-capture.js';
import { createFleet, type Fleet } from './cluster/fleet.js';
import { openCapture, prepareLog, type LogSettings } from './compose-capture.js';
import { makeDataDir } from './compose-data-dir.js';
import { lockDataDir } from './compose-lock.js';
import { withoutSecrets } from './compose-run-env.js';
import { composeTask } from './compose-task.js';
import type { Environment } from './compose-teacher.js';
import { allOrProblems } from './config/all-problems.js';
import type { Config } from './config/settings.js';
import type { TaskConfig } from './config/task-config.js';
import { InvalidConfigError, type CaptureFailedError } from './errors.js';
import { createTurns } from './files/in-turn.js';
import { createFailureLog } from './http/failure-log.js';
import { isLoopback } from './http/is-loopback.js';
import { openKeyBudgets } from './compose-key-budgets.js';
import type { KeyBudgets } from './keys/key-budgets.js';
import { measureKeys } from './keys/measure-keys.js';
import { openKeysIfAny } from './keys/open-keys-if-any.js';
import { createModelThreads } from './model/model-threads.js';
import { createProviderProber } from './onnx/provider-prober.js';
import { noFollowers } from './serving/followers.js';
import type { ServedTask } from './serving/served-task.js';
import type { Log } from './telemetry/log.js';
import { createMetrics, type Metrics } from './telemetry/metrics.js';

export interface TaskSource {
  readonly config: TaskConfig;
  /** Directory of the task file. */
  readonly dir: string;
}

export interface Outside {
  /** Other processes that answer predictions; null or absent: there are none. */
  readonly fleet?: Fleet | null;
  readonly log: Log;
  /** ms since the epoch. */
  readonly now: () => number;
  /** Unique ids of rows, runs and processes. */
  readonly newId: () => string;
  /** Variables that task files may name: keys of teachers. Absent: none. */
  readonly env?: Environment;
}

export interface OpenTasks {
  readonly tasks: ReadonlyMap<string, ServedTask>;
  readonly metrics: Metrics;
  /** The secret that holdout rows are drawn by. */
  readonly holdoutKey: Uint8Array;
  readonly keyBudgets: KeyBudgets;
  /** Idempotent. Resolves when every row that is owed to the log is in it. */
  close(): Promise<void>;
}

/** Opens the capture log and all tasks, without a port: what the gateway and the CLI share. */
export async function openTasks(
  config: LogSettings,
  sources: readonly TaskSource[],
  { log, now, newId, fleet = null, env }: Outside,
): Promise<OpenTasks> {
  requireDifferentNames(sources);
  const { dataDir } = config;
  await makeDataDir(dataDir);
  const lock = lockDataDir(dataDir);
  const metrics = createMetrics(fleet === null ? null : 'primary');
  const tasks = new Map<string, ServedTask>();
  const modelThreads = createModelThreads();
  let capture: Capture | undefined;
  let keyBudgets: KeyBudgets | undefined;
  let holdoutKey: Uint8Array;

  async function closeAll(): Promise<void> {
    try {
      await Promise.all([...tasks.values()].map((task) => task.close()));
      await keyBudgets?.close(); // What might still have been spent is free again.
    } finally {
      await modelThreads.close();
      await capture?.close(); // Only now can no task add a row: the last ones are written.
      metrics.close();
      lock.release();
    }
  }
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= closeAll());

  try {
    const prepared = await prepareLog(config);
    const capturePlace = prepared.place;
    holdoutKey = prepared.holdoutKey;
    const captureOpens = openCapture(capturePlace, now).then((opened) =>
      watchCapture(opened, { onChange: showCapture(metrics, log) }),
    );
    const configs = sources.map(({ config: taskConfig }) => taskConfig);
    const shared = {
      ...{ captureOpens, capturePlace, holdoutKey, metrics, log, now, newId, env: env ?? {} },
      ...(env && { runEnv: withoutSecrets(env, configs) }),
      keyAccounts: (keyBudgets = await openKeyBudgets(dataDir, { log, now })),
      ...{ prober: createProviderProber(), modelThreads, inTurn: createTurns().inTurn },
    };
    const tasksOpen = sources.map(({ config: taskConfig, dir: configDir }) => {
      const dir = join(dataDir, 'tasks', taskConfig.name);
      const followers = fleet?.followersOf(taskConfig.name) ?? noFollowers;
      return composeTask({ ...shared, config: taskConfig, configDir, dir, followers });
    });
    // Side by side: a start waits for threads more than it works.
    const [captureOpened, ...tasksOpened] = await Promise.allSettled([captureOpens, ...tasksOpen]);
    if (captureOpened.status === 'fulfilled') capture = captureOpened.value;
    for (const opened of tasksOpened)
      if (opened.status === 'fulfilled') tasks.set(opened.value.spec.name, opened.value);
    await allOrProblems([captureOpens, ...tasksOpen]);
  } catch (error) {
    await close(); // A thread left running would keep the process alive.
    throw error;
  }
  return { tasks, metrics, holdoutKey, keyBudgets, close };
}

/** What an operator sees of a log that takes no rows. */
const showCapture =
  (metrics: Metrics, log: Log) =>
  (failure: CaptureFailedError | null): void => {
    metrics.set('captureFailing', {}, Number(failure !== null));
    if (failure === null) log.warn('capture-recovered');
    else log.error('capture-failing', { err: failure });
  };

export interface Gateway {
  readonly tasks: ReadonlyMap<string, ServedTask>;
  start(): Promise<AddressInfo>;
  /** Idempotent. Resolves when requests in flight are answered and captured rows are on disk. */
  close(): Promise<void>;
}

/** The composition root: the one place that decides which implementation meets which port. */
export async function composeGateway(
  config: Config,
  sources: readonly TaskSource[],
  outside: Outside & { readonly consoleDir: string },
): Promise<Gateway> {
  const { log } = outside;
  const nowMs = (): number => performance.now();
  const keys = await openKeysIfAny(config.keysFile, log);
  const fleet = config.workers > 1 ? createFleet({ workers: config.workers, log, nowMs }) : null;
  const [open, { createFront }] = await Promise.all([
    openTasks(config, sources, { ...outside, fleet }),
    import('./compose-front.js'), // Read while threads start: a tenth of a second.
  ]).catch((error: unknown) => {
    keys?.close();
    throw error;
  });
  if (keys !== null) measureKeys(open.metrics, { ring: keys.ring, budgets: open.keyBudgets });
  let state: 'starting' | 'ready' | 'leaving' = 'starting';
  const front = createFront({
    config,
    open,
    fleet,
    access: keys?.ring ?? null,
    isReady: () => state === 'ready',
    isLeaving: () => state === 'leaving',
    now: outside.now,
    consoleDir: outside.consoleDir,
    onFailure: createFailureLog(log, outside.now),
  });

  async function drain(): Promise<void> {
    state = 'leaving'; // 1. /readyz says 503.
    await sleep(config.drainNoticeMs); // 2. Load balancers stop sending.
    // 3. The port closes; from now on answers ask their clients to close. Asked any sooner, they
    // would connect again, and keep it from closing. Requests in flight are answered.
    await front.stop();
    await open.close(); // 4. Rows that are owed to the log reach it; models are freed.
  }
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> =>
    (closing ??= (front.isOpen() ? drain() : open.close()).finally(() => keys?.close()));

  return {
    tasks: open.tasks,
    async start() {
      let address: AddressInfo;
      try {
        address = await front.start();
        for (const task of open.tasks.values()) task.start();
      } catch (error) {
        await close();
        throw error;
      }
      state = 'ready';
      if (keys === null && !isLoopback(address))
        log.warn('open-to-all', { ...address, advice: openAdvice });
      return address;
    },
    close,
  };
}

const openAdvice =
  'Whoever reaches this address may predict, read and change everything. Set UNDERSTUDY_KEYS_FILE.';

function requireDifferentNames(sources: readonly TaskSource[]): void {
  const names = sources.map(({ config }) => config.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw new InvalidConfigError(`Two task files have the name "${twice}". Rename one of them.`);
}
