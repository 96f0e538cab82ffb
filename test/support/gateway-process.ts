import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { after } from 'node:test';
import { programFile, repositoryRoot } from '../../src/files/repository-root.js';

/** The command line, as a user runs it. */
export const mainFile = programFile();
if (statSync(mainFile).mtimeMs < statSync(`${repositoryRoot()}/dist/tsconfig.tsbuildinfo`).mtimeMs)
  throw new Error(`${mainFile} is older than the modules it is made of: npm run build`);

export interface ProcessResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Standard output and standard error, as they came. */
  readonly output: string;
}

export interface RunningProcess {
  readonly child: ChildProcess;
  output(): string;
  readonly ended: Promise<ProcessResult>;
}

export interface GatewayProcess extends RunningProcess {
  readonly url: string;
  readonly port: number;
  /** Asks it to drain, and waits for its end. */
  stop(): Promise<ProcessResult>;
}

/** One that has not drained in this time, ms, hangs: it is killed, and its code is null. */
const drainMsMax = 40_000;

interface StartOptions {
  readonly args: readonly string[];
  /** Flags of node itself. */
  readonly nodeFlags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Shell words that set limits before the program starts, for example `ulimit -f 100`. */
  readonly limits?: string;
}

const notInherited = ['NODE_TEST_CONTEXT', 'DATABASE_URL'];

/** Runs the program with nothing of the tester's own settings; it ends with this process. */
function startProgram({ args, nodeFlags = [], env = {}, limits }: StartOptions): RunningProcess {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('UNDERSTUDY_') && !notInherited.includes(name),
  );
  const program = [process.execPath, ...nodeFlags, mainFile, ...args];
  const command =
    limits === undefined ? program : ['sh', '-c', `${limits}; exec "$0" "$@"`, ...program];
  const child = spawn(command[0]!, command.slice(1), {
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout!, child.stderr!])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  const ended = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
    output,
  }));
  after(() => child.kill('SIGKILL'));
  return { child, output: () => output, ended };
}

export interface GatewayOptions {
  readonly dataDir: string;
  readonly taskFile?: string;
  readonly nodeFlags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly limits?: string;
}

/** A gateway that may not listen yet. */
export interface StartedGateway extends RunningProcess {
  /** Rejects when it ends before that. */
  readonly listens: Promise<GatewayProcess>;
}

/** Starts `serve` on a free port. */
export function startGateway(options: GatewayOptions): StartedGateway {
  const { dataDir, taskFile, nodeFlags = [], env, limits } = options;
  const started = startProgram({
    args: ['serve', '--port', '0', '--data-dir', dataDir],
    nodeFlags,
    env: {
      UNDERSTUDY_LOG_LEVEL: 'warn',
      ...(taskFile === undefined ? {} : { UNDERSTUDY_TASKS: taskFile }),
      ...env,
    },
    ...(limits === undefined ? {} : { limits }),
  });
  const listens = untilItListens(started);
  listens.catch(() => {}); // Who kills it meanwhile knows why.
  return { ...started, listens };
}

async function untilItListens(started: RunningProcess): Promise<GatewayProcess> {
  const { child, ended } = started;
  const ready = once(child, 'message') as Promise<[{ url: string }]>;
  const first = await Promise.race([ready, ended]);
  if (!Array.isArray(first)) throw new Error(`The gateway ended at its start:\n${first.output}`);
  const [{ url }] = first;
  return {
    ...started,
    url,
    port: Number(new URL(url).port),
    stop() {
      child.kill('SIGTERM');
      // The child keeps a test waiting, not the clock: its end is not always told.
      const late = setTimeout(() => child.kill('SIGKILL'), drainMsMax).unref();
      return ended.finally(() => clearTimeout(late));
    },
  };
}

/** Starts `serve` on a free port and waits until it listens. */
export const startGatewayProcess = (options: GatewayOptions): Promise<GatewayProcess> =>
  startGateway(options).listens;

/** Runs a command to its end. */
export const runProgram = (options: StartOptions): Promise<ProcessResult> =>
  startProgram(options).ended;
