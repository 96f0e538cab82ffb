import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { figuresDir, writeFigures, type Figure } from '../src/files/figures-file.js';
import { repositoryRoot } from '../src/files/repository-root.js';
import { percent } from '../src/task/percent.js';
import { shown } from './bench/numbers.js';
import { tableOf } from './bench/table.js';
import { circumstances } from './report.js';
import { runReplay, type SavedReplay } from './streams/run-replay.js';
import type { Stream } from './streams/stream.js';
import { streams } from './streams/streams.js';

/*
 * `npm run streams`: replays the streams that figures are asked of, seed by seed, and writes
 * `results/streams-NAME.json` and `.md`. `--only a,b` replays some, `--seeds N` so many seeds each,
 * `--jobs N` so many at once (a replay waits for its runs: what it finds does not depend on it),
 * `--data DIR` says where `clinc150/` and `banking77/` lie (they are no part of this repository).
 */

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    seeds: { type: 'string' },
    jobs: { type: 'string', default: '1' },
    data: { type: 'string', default: join(repositoryRoot(), '..', 'shared', 'data') },
  },
});
const jobs = Math.max(1, Number(values.jobs) || 1);
const names = values.only?.split(',') ?? streams.map(({ name }) => name);
const unknown = names.find((name) => streams.every((stream) => stream.name !== name));
if (unknown !== undefined || !existsSync(values.data)) {
  const problem = unknown === undefined ? `There is no ${values.data}.` : `No "${unknown}".`;
  const known = streams.map(({ name }) => name).join(',');
  console.error(
    `${problem}\nUse: npm run streams -- [--only ${known}] [--seeds N] [--jobs N] [--data DIR]`,
  );
  process.exit(1);
}
const workDir = await mkdtemp(join(tmpdir(), 'understudy-streams-'));
try {
  for (const stream of streams.filter(({ name }) => names.includes(name)))
    await measure(stream, values.seeds === undefined ? stream.seeds : Number(values.seeds));
} finally {
  await rm(workDir, { recursive: true, force: true });
}

async function measure(stream: Stream, seeds: number): Promise<void> {
  const { name, title } = stream;
  const asked = values.seeds === undefined ? '' : ` --seeds ${seeds}`;
  const command = `npm run streams -- --only ${name}${asked}`;
  const replays: SavedReplay[] = [];
  const figuresBySeed = new Map<number, readonly Figure[]>();
  const inOrder = (): Figure[] =>
    [...figuresBySeed].sort(([a], [b]) => a - b).flatMap(([, figures]) => figures);
  async function replayOf(seed: number): Promise<void> {
    const context = { dataDir: resolve(values.data), workDir, seed };
    const out = join(workDir, `${name}-${seed}`);
    const replay = await runReplay(stream.argsOf(context), { out, seed });
    replays.push(replay);
    replays.sort((a, b) => a.seed - b.seed);
    const figures = stream.figuresOf(replay, context).map(({ figure, ...measured }) => ({
      ...{ figure: `${title}, seed ${seed}: ${figure}`, ...measured, command },
    }));
    figuresBySeed.set(seed, figures);
    // After each seed: what is measured is not lost when a later one is stopped.
    await writeFigures(`streams-${name}`, inOrder());
    const page = pageOf(stream, replays, { command, figures: inOrder() });
    await writeFile(join(figuresDir(), `streams-${name}.md`), page);
  }
  let next = 1;
  async function work(): Promise<void> {
    while (next <= seeds) await replayOf(next++);
  }
  const ends = await Promise.allSettled(Array.from({ length: jobs }, work));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  const figures = inOrder();
  for (const { figure, value, unit, target, holds } of figures) {
    const measured = `${Number(value.toPrecision(4))} ${unit}`;
    console.log(`${holds ? 'holds ' : 'MISSED'}  ${figure}: ${measured} (${target})`);
  }
}

/** Every seed beside the rules that it is compared with. */
function pageOf(
  { title }: Stream,
  replays: readonly SavedReplay[],
  { command, figures }: { readonly command: string; readonly figures: readonly Figure[] },
): string {
  const head = ['seed', 'rule', 'student answers', 'different', 'accuracy', 'teacher rows'];
  const lines = replays.flatMap(({ seed, routings, rows }) =>
    routings.map((rule) => [
      String(seed),
      rule.name,
      percent(rule.studentRows / rows.length),
      rule.studentRows === 0 ? '-' : percent(rule.disagreement),
      percent(rule.accuracy),
      String(rule.teacherRows),
    ]),
  );
  const windows = replays.map(({ seed, byWindow }) => [
    String(seed),
    ...byWindow.map(({ studentShare }) => percent(studentShare)),
  ]);
  const where = Object.entries(circumstances()).map(([what, value]) => `${what} ${value}`);
  const parts = replays[0]!.byWindow.map((_, index) => `part ${index + 1}`);
  return [
    `# ${title}`,
    `\`${command}\`, measured with ${where.join(', ')}.`,
    'Beside other rules, which ask the same students as they came to serve:',
    tableOf(head, lines),
    "The student's share, by equal parts of the stream:",
    tableOf(['seed', ...parts], windows),
    'Figures:',
    tableOf(
      ['figure', 'measured', 'target'],
      figures.map(({ figure, value, unit, target }) => [figure, `${shown(value)} ${unit}`, target]),
    ),
    '',
  ].join('\n\n');
}
