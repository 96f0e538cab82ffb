import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/** The lowest priority there is. */
const niceMax = 19;
/**
 * Of a session of its own: a third of the weight. With the lowest, a run came to nothing for
 * minutes where other programs fill the machine.
 */
const sessionNice = 5;

/**
 * Puts this process, and what it starts from now on, behind all others of the machine.
 *
 * Linux shares the processor among sessions first where it groups them (`CONFIG_SCHED_AUTOGROUP`),
 * and nice values order what is within one: a process that leads a session of its own lowers that,
 * too, or it has as much as all the threads of the gateway together. A session of others, a
 * terminal's, stays as it is. Where the gateway is in no group, its session is that of the system's
 * first process: each of its threads counts by itself there, as much as all of this process, which
 * is low enough.
 *
 * @see sched(7), "The autogroup feature"
 */
export function yieldToAll(): void {
  setPriority(niceMax); // On Linux the calling thread's alone, which new threads take over.
  try {
    for (const thread of readdirSync('/proc/self/task')) setPriority(Number(thread), niceMax);
    if (leadsSession() && isInGroup(process.ppid))
      writeFileSync('/proc/self/autogroup', String(sessionNice));
  } catch {
    // Another system, or one without groups of sessions.
  }
}

/** @see proc(5), "/proc/pid/stat": the session is the sixth field, the fourth after the name. */
function leadsSession(): boolean {
  const [, fields] = readFileSync('/proc/self/stat', 'utf8').split(/\) (?=[^)]*$)/);
  return Number(fields!.split(' ')[3]) === process.pid;
}

/** @see proc(5), "/proc/pid/autogroup": it has a name and a nice value, or is empty. */
const isInGroup = (pid: number): boolean =>
  readFileSync(`/proc/${pid}/autogroup`, 'utf8').trim() !== '';
