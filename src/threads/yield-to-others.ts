import { readlinkSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

/**
 * A third of the weight: enough for the event loop beside a saturated model on two cores
 * (`npm run bench -- --only event-loop-encoder`), and no starving beside other busy programs.
 */
const niceStep = 5;
/** The lowest priority there is. */
const niceMax = 19;

/**
 * Puts the calling thread behind the others of the machine. Where more threads compute than there
 * are cores, the event loop then still has its turn at once: it needs little, and callers wait for
 * it. Linux alone gives each thread a priority of its own; elsewhere nothing changes.
 */
export function yieldToOthers(): void {
  try {
    // "<process>/task/<thread>"; where a process is asked for, Linux takes a thread, too.
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    setPriority(thread, Math.min(niceMax, getPriority(thread) + niceStep));
  } catch {
    // Another system, or not allowed here: all threads stay equal.
  }
}
