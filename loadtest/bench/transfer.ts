import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RowsJson } from '../../src/http/api-types-rows.js';
import { missingProcesses } from '../child-processes.js';
import { atMost } from './bounded-figure.js';
import { fillLog, logTask, writeLogTask } from './fill-log.js';
import { startGateway } from './gateway.js';
import type { BenchContext, Measurement } from './measurement.js';
import { runCommand, type CommandRun } from './run-command.js';
import { tableOf } from './table.js';

const megabyte = 1e6;
/** What a larger log may take more: heaps of V8 grow a little before they are swept. */
const growthMax = 1.25;
const megabytesMax = 400;
/** Of a page of the console, ms, whatever the log holds. */
const pageMsMax = 250;

/** Whether what goes through a whole log, and what looks at a part of it, grow with it. */
export const transfer: Measurement = {
  name: 'transfer',
  question: 'Export, import and pages of a log: do memory and time grow with its rows?',
  missing: missingProcesses,
  async measure(context) {
    const { isQuick, dir, command } = context;
    const sizes = isQuick ? ([10_000, 50_000] as const) : ([100_000, 1_000_000] as const);
    const tasks = await writeLogTask(dir);
    const small = await measureLog(context, { rows: sizes[0], tasks });
    const large = await measureLog(context, { rows: sizes[1], tasks });
    const figures = Object.entries(large.runs).flatMap(([what, { peakBytes }]) => [
      atMost(megabytesMax, {
        ...{ figure: `${what} of ${sizes[1]} rows: peak memory`, unit: 'MB', command },
        value: peakBytes / megabyte,
      }),
      atMost(growthMax, {
        figure: `${what}: peak memory at ${sizes[1]} rows, over that at ${sizes[0]}`,
        ...{ value: peakBytes / small.runs[what]!.peakBytes, unit: 'ratio', command },
      }),
    ]);
    const pages = Object.entries(large.pagesMs).map(([what, value]) =>
      atMost(pageMsMax, {
        figure: `${what} of a log of ${sizes[1]} rows`,
        value,
        unit: 'ms',
        command,
      }),
    );
    return { figures: [...figures, ...pages], report: reportOf(sizes, [small, large]) };
  },
};

interface MeasuredLog {
  /** By what was done. */
  readonly runs: Readonly<Record<string, CommandRun>>;
  readonly pagesMs: Readonly<Record<string, number>>;
  readonly startMs: number;
}

async function measureLog(
  { dir, say }: BenchContext,
  { rows, tasks }: { readonly rows: number; readonly tasks: string },
): Promise<MeasuredLog> {
  const dataDir = join(dir, `log-${rows}`);
  const fresh = join(dir, `fresh-${rows}`);
  const env = { UNDERSTUDY_TASKS: tasks };
  const fileOf = (format: string): string => join(dir, `${rows}.${format}`);
  say(`${rows} rows ...`);
  await (await startGateway({ dataDir, tasks })).stop(); // A log belongs to how rows are drawn.
  await fillLog(dataDir, rows);
  const runs: Record<string, CommandRun> = {};
  for (const format of ['csv', 'parquet', 'jsonl']) {
    say(`export ${format} ...`);
    const args = ['export', logTask, '--out', fileOf(format), '--data-dir', dataDir];
    runs[`export ${format}`] = await runCommand(args, env);
    if (format !== 'jsonl') await rm(fileOf(format));
  }
  say('import ...');
  const args = ['import', logTask, fileOf('jsonl'), '--data-dir', fresh];
  runs['import jsonl'] = await runCommand(args, env);
  await rm(fileOf('jsonl'));
  await rm(fresh, { recursive: true });
  const looked = await lookAtPages(dataDir, tasks);
  await rm(dataDir, { recursive: true });
  return { runs, ...looked };
}

/** What the console and people ask for, on a gateway that has just started. */
async function lookAtPages(dataDir: string, tasks: string) {
  const gateway = await startGateway({ dataDir, tasks });
  const base = `/v1/tasks/${logTask}`;
  const pagesMs: Record<string, number> = {};
  async function time<T>(what: string, path: string): Promise<T> {
    const startedMs = performance.now();
    const answer = await gateway.get<T>(base + path);
    pagesMs[what] = performance.now() - startedMs;
    return answer;
  }
  try {
    await time('the task', '');
    await time('the newest rows', '/rows');
    await time('rows of one client', '/rows?client=client-7');
    await time('a page without a row', '/rows?client=nobody');
    await time<RowsJson>('rows of a subject', '/rows?subject=ann');
    await time('the oldest rows', '/rows?before=50');
    await time('the review queue', '/review');
  } finally {
    await gateway.stop();
  }
  return { pagesMs, startMs: gateway.startMs };
}

function reportOf(sizes: readonly number[], logs: readonly MeasuredLog[]): string {
  const done = sizes.flatMap((rows, index) =>
    Object.entries(logs[index]!.runs).map(([what, { seconds, peakBytes }]) => [
      ...[what, rows, rows / seconds, peakBytes / megabyte],
    ]),
  );
  const asked = Object.keys(logs[0]!.pagesMs).map((what) => [
    ...[what, ...logs.map(({ pagesMs }) => pagesMs[what]!)],
  ]);
  const started = ['until the gateway listens', ...logs.map(({ startMs }) => startMs)];
  return [
    tableOf(['what', 'rows', 'rows/s', 'peak MB'], done),
    '',
    tableOf(['page', ...sizes.map((rows) => `ms at ${rows} rows`)], [started, ...asked]),
  ].join('\n');
}
