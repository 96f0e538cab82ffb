import type { Escalate } from '../serving/ask-teacher.js';
import type { PendingRow } from '../serving/captured-row.js';
import { standIn, type StandInParts } from '../serving/stand-in.js';
import { addTallies, tallyOf, type TrafficTally } from '../serving/traffic-tally.js';
import { OverloadedError } from '../errors.js';
import { callsMax, type Channel } from './channel.js';
import type { PrimaryCalls } from './protocol.js';

/** What a worker passes on of one task, as only the primary can do it. */
export interface PrimaryLink {
  readonly escalate: Escalate;
  /** Has a row labelled that its caller does not wait for. */
  readonly label: (row: PendingRow) => void;
  stop(): void;
}

/** The primary hears of answers this often, ms. */
const tallyEveryMs = 250;
/** Rows of this worker that wait for the teacher: as many as may wait there. */
const escalatedRowsMax = 2048;

export interface PrimaryLinkParts extends StandInParts {
  readonly task: string;
  readonly primary: Channel<PrimaryCalls>;
  readonly now: () => number;
}

export function createPrimaryLink(parts: PrimaryLinkParts): PrimaryLink {
  const { task, primary, bus } = parts;
  const stop = passOn(parts);
  return {
    escalate: createEscalate(parts),
    label(row) {
      primary
        .call('label', { task, row })
        .catch((error: unknown) => void bus.emit('labellingLost', 1, error));
    },
    stop,
  };
}

/** The primary stands in for the teacher itself; here it can only be the link that has no room. */
function createEscalate({ task, primary, promise, bus }: PrimaryLinkParts): Escalate {
  let escalatedRows = 0;
  return async (drafts, { route, patience, keyBudget }) => {
    if (escalatedRows + drafts.length > escalatedRowsMax || primary.isFull()) {
      const startedMs = performance.now();
      return standIn({ promise, bus }, linkFull(), { drafts, route, patience, startedMs });
    }
    escalatedRows += drafts.length;
    const timeoutMs = patience.leftMs();
    const asked = { task, drafts, route, timeoutMs, keyBudget: keyBudget ?? null };
    try {
      return await primary.call('escalate', asked, patience.caller.signal);
    } finally {
      escalatedRows -= drafts.length;
    }
  };
}

const linkFull = (): OverloadedError =>
  new OverloadedError(
    'The primary has not answered as much as this worker may ask it at once: ' +
      `${escalatedRowsMax} rows for the teacher, ${callsMax} calls; try again in 1 s.`,
    1,
  );

/** Counts together what has been answered and lost, and tells it when the last was heard. */
function passOn({ task, primary, bus, now }: PrimaryLinkParts): () => void {
  let tally: TrafficTally | null = null;
  let lost: { readonly rows: number; readonly why: string } | null = null;
  let isTelling = false;
  bus.on('answered', (answers) => {
    const own = tallyOf(answers, now());
    tally = tally === null ? own : addTallies(tally, own);
  });
  bus.on('labellingLost', (rows, error) => {
    const why = error instanceof Error ? error.message : String(error);
    lost = { rows: (lost?.rows ?? 0) + rows, why };
  });

  async function tell(): Promise<void> {
    const told: Promise<void>[] = [];
    if (tally !== null) told.push(primary.call('tally', { task, tally }));
    if (lost !== null) told.push(primary.call('labellingLost', { task, ...lost }));
    tally = null;
    lost = null;
    isTelling = true;
    await Promise.allSettled(told);
    isTelling = false;
  }
  const timer = setInterval(() => {
    if (!isTelling) void tell();
  }, tallyEveryMs);
  return () => {
    clearInterval(timer);
    void tell();
  };
}
