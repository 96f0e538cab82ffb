import type { Escalation, Escalations } from '../routing/input-drift-test.js';
import { secondOf, type SureRows } from './traffic-tally.js';

/** A second waits for its escalations so many times as long as they have lately taken, ms. */
const waitTimes = 4;
const waitMsMin = 500;
const waitMsMax = 30_000;
/** Newest escalations whose time that is. */
const latenciesMax = 100;
/** Seconds that are held; while nobody takes them the oldest are put together. */
const secondsMax = 100;

interface Second {
  sureRows: number;
  readonly escalations: Escalation[];
}

/**
 * Puts the rows of each second of traffic together: sure ones are known at once, what was escalated
 * only when the teacher has answered. A second is given out when that has had its time. What comes
 * later is left out if it was escalated, and counted with what comes next if it was sure: both make
 * traffic look calmer than it was.
 */
export class TrafficSeconds {
  private readonly seconds = new Map<number, Second>();
  private readonly latenciesMs: number[] = [];
  /** Start of the oldest second that is still open. */
  private openFromMs = 0;

  addSure([secondMs, rows]: SureRows): void {
    this.at(Math.max(secondMs, this.openFromMs)).sureRows += rows;
  }

  /** @param moment  when the row was decided, and when its label was known, ms since the epoch. */
  addEscalation(
    escalation: Escalation,
    { createdMs, nowMs }: { readonly createdMs: number; readonly nowMs: number },
  ): void {
    this.latenciesMs.push(nowMs - createdMs);
    if (this.latenciesMs.length > latenciesMax) this.latenciesMs.shift();
    const secondMs = secondOf(createdMs);
    if (secondMs >= this.openFromMs) this.at(secondMs).escalations.push(escalation);
  }

  /** Takes out the seconds that have had their time, oldest first. */
  take(nowMs: number): readonly Escalations[] {
    const waitMs = Math.max(waitMsMin, waitTimes * Math.max(0, ...this.latenciesMs));
    const openFromMs = secondOf(nowMs - Math.min(waitMsMax, waitMs));
    if (openFromMs <= this.openFromMs) return [];
    this.openFromMs = openFromMs;
    const over = [...this.seconds].filter(([secondMs]) => secondMs < openFromMs);
    for (const [secondMs] of over) this.seconds.delete(secondMs);
    return over
      .sort(([a], [b]) => a - b)
      .map(([, { sureRows, escalations }]) => ({
        rows: sureRows + escalations.length,
        escalations,
      }));
  }

  private at(secondMs: number): Second {
    const known = this.seconds.get(secondMs);
    if (known !== undefined) return known;
    const made: Second = { sureRows: 0, escalations: [] };
    this.seconds.set(secondMs, made);
    if (this.seconds.size > secondsMax) this.joinOldest();
    return made;
  }

  private joinOldest(): void {
    const [first, second] = [...this.seconds].sort(([a], [b]) => a - b);
    const [[firstMs, { sureRows, escalations }], [, next]] = [first!, second!];
    next.sureRows += sureRows;
    next.escalations.push(...escalations);
    this.seconds.delete(firstMs);
    this.openFromMs = firstMs + 1000;
  }
}
