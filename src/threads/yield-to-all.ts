import { readdirSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/** The lowest priority there is. */
const niceMax = 19;

/**
 * Puts this process, and what it starts from now on, behind all others of the machine.
 *
 * Linux shares the processor among sessions first where it groups them (`CONFIG_SCHED_AUTOGROUP`),
 * and nice values order what is within one: a process that leads a session of its own must lower
 * that, too, or it has as much as all the threads of the gateway together.
 *
 * @param isSessionOurs  the process leads its session, and nothing but its own is in it.
 * @see sched(7), "The autogroup feature"
 */
export function yieldToAll({ isSessionOurs }: { readonly isSessionOurs: boolean }): void {
  setPriority(niceMax); // On Linux the calling thread's alone, which new threads take over.
  try {
    for (const thread of readdirSync('/proc/self/task')) setPriority(Number(thread), niceMax);
    if (isSessionOurs) writeFileSync('/proc/self/autogroup', String(niceMax));
  } catch {
    // Another system, or one without groups of sessions.
  }
}
