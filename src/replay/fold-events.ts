import type { ReplayEvent } from './replayed-row.js';

/** An event, and how often it happened in a row. */
export interface FoldedEvent extends ReplayEvent {
  readonly times: number;
  /** Rows after which the last of them was seen. */
  readonly untilRow: number;
}

/** Whether one says no more than the other: only its numbers differ. */
const isRepeat = (one: ReplayEvent, other: ReplayEvent | undefined): boolean =>
  other?.kind === one.kind && withoutNumbers(other.text) === withoutNumbers(one.text);

/**
 * An event as a line. One that says no more than the one before it has none; but each run that
 * starts has an end.
 */
export function eventLine(event: ReplayEvent, before: ReplayEvent | undefined): string | null {
  const isSame = isRepeat(event, before);
  if (isSame && !event.kind.startsWith('run-')) return null;
  return `after row ${event.atRow}: ${isSame ? 'the same again' : event.text}`;
}

/** Puts repeats in a row together: a run that is skipped again and again is one line. */
export function foldEvents(events: readonly ReplayEvent[]): readonly FoldedEvent[] {
  const folded: FoldedEvent[] = [];
  for (const event of events) {
    const last = folded.at(-1);
    if (last === undefined || !isRepeat(event, last))
      folded.push({ ...event, times: 1, untilRow: event.atRow });
    else folded[folded.length - 1] = { ...last, times: last.times + 1, untilRow: event.atRow };
  }
  return folded;
}

const withoutNumbers = (text: string): string => text.replace(/\d+(?:[., ]\d+)*/g, '0');
