import type { Capture, ClientRows, StoredRow } from '../../capture/capture.js';
import type { Bounds } from '../../config/bounds-schema.js';
import type { BoundClientJson } from '../../http/api-types.js';
import type { InputSpec } from '../../task/task.js';
import { capShares } from './cap-shares.js';
import { clientNameOf, isTrusted, type ClientName } from './client-name.js';
import { capNearDuplicates } from './near-duplicates.js';
import { newClientsOf } from './new-clients.js';
import { shareLimits } from './share-limits.js';
import { sketchInputs } from './sketch-inputs.js';
import { usualCrowd } from './usual-crowd.js';

export interface BoundRowsOptions {
  readonly task: string;
  readonly input: InputSpec;
  readonly bounds: Bounds;
  /** Rows of the dataset that no client has sent. */
  readonly seedRows: number;
  /** With fewer captured rows of known clients it is a cold start: new ones need not wait. */
  readonly knownRowsMin: number;
  readonly nowMs: number;
}

export interface BoundedRows {
  /** What may be learnt from, in the order of the rows. */
  readonly kept: readonly StoredRow[];
  /** How many were left out, by the first bound that they met. */
  readonly leftOut: {
    readonly newClients: number;
    readonly nearDuplicates: number;
    readonly clientShare: number;
  };
  /** Of whom the most was left out, at most ten. */
  readonly boundClients: readonly BoundClientJson[];
}

const hourMs = 3_600_000;
const boundClientsMax = 10;

/**
 * Bounds what one sender can teach, for labels are only as good as the inputs that the teacher is
 * shown: rows of new clients wait, of look-alikes a few stay, and no client gives more than its
 * share. In this order, so that nobody is held to a share of rows that are not there in the end.
 *
 * @param rows  captured rows, newest first: of a client the newest stay. Those of new clients are
 *              not lost: later runs take them.
 */
export async function boundRows(
  rows: readonly StoredRow[],
  capture: Pick<Capture, 'readClients'>,
  options: BoundRowsOptions,
): Promise<BoundedRows> {
  const { task, bounds, nowMs } = options;
  const trusted = new Set(bounds.trustedClients);
  const waitMs = bounds.newClientHours * hourMs;
  const firstMs = rows.reduce((first, { createdMs }) => Math.min(first, createdMs), nowMs);
  const clients = await capture.readClients(task, firstMs - 1);
  const isNew = newClientsOf(clients, { waitMs, nowMs, trusted });
  const ofKnown = rows.filter(({ client }) => !isNew.has(client));
  const mustWait = ofKnown.length >= options.knownRowsMin;
  const known = mustWait ? ofKnown : rows;
  const senders = mustWait ? clients.filter(({ client }) => !isNew.has(client)) : clients;

  const distinct = withoutCrowds(known, { ...options, senders, trusted });
  // One key's clients together, and each by itself.
  const byGroup = capBy('group', distinct, { ...options, senders, trusted });
  const kept = capBy('own', byGroup, { ...options, senders, trusted });
  return {
    kept,
    leftOut: {
      newClients: rows.length - known.length,
      nearDuplicates: known.length - distinct.length,
      clientShare: distinct.length - kept.length,
    },
    boundClients: boundClientsOf(rows, kept),
  };
}

interface Senders {
  readonly senders: readonly ClientRows[];
  readonly trusted: ReadonlySet<string>;
}

/** A crowd may be so many times as large as the median row's. */
const crowdsMax = 2;

/** Of look-alikes a few; more where rows look alike anyway. */
function withoutCrowds(
  rows: readonly StoredRow[],
  { bounds, input, senders, trusted }: BoundRowsOptions & Senders,
): readonly StoredRow[] {
  const { nearDuplicatesMax } = bounds;
  if (nearDuplicatesMax === null) return rows;
  const keys = sketchInputs(
    rows.map((row) => row.input),
    input,
  );
  const isLimited = rows.map(({ client }) => !isTrusted(client, trusted));
  const usual = usualCrowd(keys, weightsOf(rows, senders));
  const stay = new Set(
    capNearDuplicates(
      rows.filter((_, row) => isLimited[row]),
      {
        keys: keys.filter((_, row) => isLimited[row]),
        clientOf: ({ client }) => clientNameOf(client).own,
        lotOf: ({ inputHash }) => inputHash.slice(8), // Its start decides who validates.
        rowsMax: Math.max(nearDuplicatesMax, crowdsMax * usual),
      },
    ),
  );
  return rows.filter((row, index) => !isLimited[index] || stay.has(row));
}

/** Together a client's rows weigh as much as its traffic, however many were captured. */
function weightsOf(rows: readonly StoredRow[], senders: readonly ClientRows[]): readonly number[] {
  const trafficIn = trafficOf(senders);
  const traffic = new Map(senders.map((sender) => [sender.client, trafficIn(sender)]));
  const counts = new Map<string | null, number>();
  for (const { client } of rows) counts.set(client, (counts.get(client) ?? 0) + 1);
  return rows.map(({ client }) => (traffic.get(client) ?? 0) / counts.get(client)!);
}

function capBy(
  name: keyof ClientName,
  rows: readonly StoredRow[],
  options: BoundRowsOptions & Senders,
): readonly StoredRow[] {
  const { bounds, seedRows, senders, trusted } = options;
  const trafficIn = trafficOf(senders);
  const traffic = new Map<string, number>();
  let total = 0;
  for (const sender of senders) {
    total += trafficIn(sender);
    if (isTrusted(sender.client, trusted)) continue;
    const client = clientNameOf(sender.client)[name];
    traffic.set(client, (traffic.get(client) ?? 0) + trafficIn(sender));
  }
  const limitOf = shareLimits(traffic, { shareMax: bounds.clientShareMax, total });
  const clientOf = ({ client }: StoredRow): string => clientNameOf(client)[name];
  const limited = rows.filter(({ client }) => !isTrusted(client, trusted));
  const otherRows = seedRows + rows.length - limited.length;
  const stay = new Set(capShares(limited, { clientOf, limitOf, otherRows }));
  return rows.filter((row) => stay.has(row) || isTrusted(row.client, trusted));
}

/**
 * How much of the traffic each client sent: its holdout rows, drawn before anybody has looked at
 * the input. Captured rows do not tell, for who sends what the student is unsure of fills the log;
 * where no row was held out, they must do.
 */
function trafficOf(clients: readonly ClientRows[]): (client: ClientRows) => number {
  const isHeldOut = clients.some(({ holdoutRows }) => holdoutRows > 0);
  return ({ rows, holdoutRows }) => (isHeldOut ? holdoutRows : rows);
}

function boundClientsOf(
  rows: readonly StoredRow[],
  kept: readonly StoredRow[],
): readonly BoundClientJson[] {
  const counts = new Map<string | null, { rows: number; kept: number }>();
  for (const { client } of rows) {
    const count = counts.get(client) ?? { rows: 0, kept: 0 };
    count.rows++;
    counts.set(client, count);
  }
  for (const { client } of kept) counts.get(client)!.kept++;
  return [...counts]
    .map(([client, count]) => ({ client, ...count }))
    .filter((count) => count.kept < count.rows)
    .sort((a, b) => b.rows - b.kept - (a.rows - a.kept))
    .slice(0, boundClientsMax);
}
