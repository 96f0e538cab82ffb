import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { peakBytesOf } from '../child-processes.js';
import { gatewayEntry } from './gateway.js';

export interface CommandRun {
  readonly seconds: number;
  /** The most memory that the process has had in RAM, bytes. */
  readonly peakBytes: number;
  readonly output: string;
}

/** Of a peak that only grows, ms: what comes in the last moment may be missed. */
const lookMs = 20;

/** Runs a command of the program in a process of its own. @throws {Error} when it fails. */
export async function runCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<CommandRun> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, [gatewayEntry, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [peakBytes, output] = [0, ''];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  const looking = setInterval(() => {
    peakBytes = Math.max(peakBytes, peakBytesOf(child.pid!));
  }, lookMs);
  const [code] = (await once(child, 'close').finally(() => clearInterval(looking))) as [number];
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${output}`);
  return { seconds: (performance.now() - startedMs) / 1000, peakBytes, output };
}
