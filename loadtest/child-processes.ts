import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** What is missing to look at other processes, or null. */
export const missingProcesses = (): string | null =>
  existsSync('/proc/self/stat') ? null : 'There is no /proc, which shows the process of a run.';

/** @returns the processes that a process has started and that live. */
export function childrenOf(parent: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === parent)
    .map(Number);
}

/** @returns the most memory that a process has had in RAM so far, bytes; 0 of one that has gone. */
export function peakBytesOf(pid: number): number {
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`));
  return peak === null ? 0 : 1024 * Number(peak[1]);
}

/** `<pid> (<name, whatever is in it>) <state> <parent> ...`; null of one that has ended. */
function parentOf(pid: string): number | null {
  const stat = read(`/proc/${pid}/stat`);
  const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return stat === '' || state === 'Z' ? null : Number(parent);
}

/** Empty of a process that has gone. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
