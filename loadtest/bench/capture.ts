import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Capture, CapturedRow } from '../../src/capture/capture.js';
import { createInputCipher } from '../../src/capture/input-cipher.js';
import { openPostgresCapture } from '../../src/capture/postgres/postgres-capture.js';
import { openSqliteCapture } from '../../src/capture/sqlite-capture.js';
import { createSeededDraw, type Draw } from '../../src/distillation/seeded-draw.js';
import type { Figure } from '../../src/files/figures-file.js';
import { capturedRow } from '../../test/support/captured-row.js';
import { findPostgres, startPostgres } from '../../test/support/postgres-server.js';
import { atMost } from './bounded-figure.js';
import { measureThroughGateway } from './capture-gateway.js';
import type { BenchContext, Measurement } from './measurement.js';
import { percentileOf } from './numbers.js';
import { tableOf } from './table.js';

const ratePerSecond = 1_000;
const addedMsMax = 10;
/** Callers that each wait for their row before they send the next one. */
const callers = 64;
const classes = 10;
const pixels = 784;

/** How fast rows are acknowledged, each committed before, and how long a caller waits for that. */
export const captureSpeed: Measurement = {
  name: 'capture',
  question: 'How many rows a second does the log acknowledge, and how long does one wait at 1000?',
  missing: () =>
    findPostgres() === null ? 'PostgreSQL is not installed (apt-get install postgresql).' : null,
  async measure(context) {
    const { isQuick, dir, say } = context;
    const seconds = isQuick ? 2 : 15;
    const fsyncMs = await timeFsyncs(dir, isQuick ? 100 : 1_000);
    const server = await startPostgres({ isDurable: true });
    const stores = storesOf(dir, server.url);
    const measureEach = <T>(measured: (log: Capture) => Promise<T>): Promise<readonly T[]> =>
      inTurn(stores, async ([name, openLog]) => {
        say(name);
        execFileSync('sync'); // What others have written is no load of this one.
        const log = await openLog();
        return measured(log).finally(() => log.close());
      });
    let speeds: readonly StoreSpeed[];
    try {
      // First all that wait: whole-hearted writing keeps the disk busy long after it has ended.
      const waitsMs = await measureEach((log) => waitsAtRate(log, seconds));
      const rowCounts = await measureEach((log) => appendAsFastAsTheyGo(log, seconds));
      speeds = stores.map(([name], index) => ({
        ...{ name, rowsPerSecond: rowCounts[index]! / seconds, waitsMs: waitsMs[index]! },
      }));
    } finally {
      await server.stop();
    }
    say('through a gateway');
    const through = await measureThroughGateway(context);
    return {
      figures: [...figuresOf(speeds, context), ...through.figures],
      report: `${reportOf(speeds, fsyncMs)}\n\n${through.report}`,
    };
  },
};

interface StoreSpeed {
  readonly name: string;
  /** Acknowledged to `callers`, each one row at a time. */
  readonly rowsPerSecond: number;
  /** Of rows that come at `ratePerSecond`, from the moment that each was due. */
  readonly waitsMs: readonly number[];
}

function storesOf(
  dir: string,
  url: string,
): readonly (readonly [string, () => Promise<Capture>])[] {
  const now = (): number => Date.now();
  const cipher = createInputCipher([randomBytes(32)]);
  const drawKeySha256 = 'ab'.repeat(32);
  return [
    ['SQLite', () => openSqliteCapture({ path: join(dir, 'plain.sqlite'), now })],
    [
      'SQLite, encrypted',
      () => openSqliteCapture({ path: join(dir, 'encrypted.sqlite'), now, cipher }),
    ],
    ['PostgreSQL', () => openPostgresCapture({ url, now, drawKeySha256 })],
    [
      'PostgreSQL, encrypted',
      () => openPostgresCapture({ url: `${url}?schema=encrypted`, now, drawKeySha256, cipher }),
    ],
  ];
}

async function inTurn<A, B>(all: readonly A[], work: (one: A) => Promise<B>): Promise<B[]> {
  const results: B[] = [];
  for (const one of all) results.push(await work(one));
  return results;
}

async function waitsAtRate(log: Capture, seconds: number): Promise<readonly number[]> {
  const draw = createSeededDraw(6);
  await appendAtRate(log, 2, draw); // Files grow and statements are prepared.
  return appendAtRate(log, seconds, draw);
}

let rows = 0;
/** A row as the digits demo captures it. */
function nextRow(): CapturedRow {
  const input = new Uint8Array(pixels).fill(rows % 251);
  return capturedRow({
    ...{ id: `row-${rows++}`, input, createdMs: Date.now() },
    studentLogits: new Float32Array(classes),
    teacherProbabilities: new Float64Array(classes).fill(1 / classes),
  });
}

/** @returns rows that were acknowledged. */
async function appendAsFastAsTheyGo(log: Capture, seconds: number): Promise<number> {
  const endMs = performance.now() + seconds * 1_000;
  let acknowledged = 0;
  const call = async (): Promise<void> => {
    while (performance.now() < endMs) {
      await log.append([nextRow()]);
      acknowledged++;
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  return acknowledged;
}

/**
 * Poisson arrivals, that wait for nobody. Between them it sleeps, as a gateway does: a loop that
 * looks at the clock all the time keeps one core of two from those who write. By that it is late by
 * up to 1 ms, which counts.
 *
 * @returns ms from when each was due to its commit.
 */
async function appendAtRate(log: Capture, seconds: number, draw: Draw): Promise<readonly number[]> {
  const waitsMs: number[] = [];
  const running: Promise<void>[] = [];
  const startMs = performance.now();
  let dueMs = startMs;
  while (dueMs < startMs + seconds * 1_000) {
    dueMs += (-Math.log(1 - draw()) * 1_000) / ratePerSecond;
    while (performance.now() < dueMs) await sleep(1);
    const since = dueMs;
    const appended = log.append([nextRow()]);
    running.push(appended.then(() => void waitsMs.push(performance.now() - since)));
  }
  await Promise.all(running);
  return waitsMs;
}

/** What the disk itself takes for a page and to say that it is there, ms. */
async function timeFsyncs(dir: string, count: number): Promise<readonly number[]> {
  const file = await open(join(dir, 'fsync'), 'w');
  const page = new Uint8Array(8_192);
  const times: number[] = [];
  try {
    for (let k = 0; k < count; k++) {
      const startedMs = performance.now();
      await file.write(page, 0, page.length, k * page.length);
      await file.datasync();
      times.push(performance.now() - startedMs);
    }
  } finally {
    await file.close();
  }
  return times;
}

function figuresOf(stores: readonly StoreSpeed[], { command }: BenchContext): Figure[] {
  return stores.flatMap(({ name, rowsPerSecond, waitsMs }) => [
    atMost(addedMsMax, {
      figure: `capture in ${name}: p99 of an append at ${ratePerSecond} rows/s`,
      value: percentileOf(waitsMs, 99),
      unit: 'ms',
      command,
    }),
    {
      figure: `capture in ${name}: rows acknowledged a second, ${callers} callers`,
      value: rowsPerSecond,
      unit: 'rows/s',
      target: `over ${ratePerSecond}`,
      holds: rowsPerSecond > ratePerSecond,
      command,
    },
  ]);
}

function reportOf(stores: readonly StoreSpeed[], fsyncMs: readonly number[]): string {
  return [
    `Rows of ${pixels} bytes, ${classes} logits and probabilities; each is on the disk before its`,
    `caller hears of it. A bare write of 8 KB with \`fdatasync\` takes ${ms(fsyncMs, 50)} ms here,`,
    `p99 ${ms(fsyncMs, 99)} ms. The PostgreSQL server shares the machine.`,
    '',
    tableOf(
      [
        'log',
        `rows/s, ${callers} callers`,
        ...[50, 99, 99.9].map((p) => `p${p} ms at 1000 rows/s`),
      ],
      stores.map(({ name, rowsPerSecond, waitsMs }) => [
        ...[name, Math.round(rowsPerSecond)],
        ...[50, 99, 99.9].map((percentile) => percentileOf(waitsMs, percentile)),
      ]),
    ),
  ].join('\n');
}

const ms = (times: readonly number[], percentile: number): string =>
  percentileOf(times, percentile).toFixed(2);
