import { join } from 'node:path';
import { repositoryRoot } from '../../src/files/repository-root.js';
import { coverageAtRisk } from '../../src/routing/coverage-comparison.js';
import type { RatedRows } from '../../src/routing/surest-first.js';
import { afterShift } from './after-shift.js';
import { writeClinc, writeShiftedClinc } from './datasets.js';
import { servedWith } from './more-rows.js';
import type { SavedReplay } from './run-replay.js';
import {
  disagreementOf,
  lastWindowOf,
  percentAtLeast,
  percentAtMost,
  told,
  type Measured,
  type Stream,
  type StreamContext,
} from './stream.js';

const bankingFile = ({ dataDir }: StreamContext): string => join(dataDir, 'banking77', 'train.csv');
const clincFile = ({ dataDir, workDir }: StreamContext): string => writeClinc(dataDir, workDir);
/** The last fifth of 15 000 rows is the last 3 000. */
const fifths = ['--windows', '5'];
const promised = ['--risk', '0.05', '--delta', '0.1'];

const keptPromise = (replay: SavedReplay): Measured =>
  percentAtMost('disagreement on student answers', disagreementOf(replay), replay.riskMax);

const clinc150: Stream = {
  name: 'clinc150',
  title: 'CLINC150, 15 000 rows from a cold start',
  seeds: 5,
  argsOf: (context) => [clincFile(context), ...fifths, ...promised],
  figuresOf: (replay) => [
    keptPromise(replay),
    percentAtMost(
      'teacher share of the last 3 000 rows',
      1 - lastWindowOf(replay).studentShare,
      0.1,
    ),
    {
      figure: 'teacher calls in all, holdout included',
      value: replay.total.teacherRows,
      unit: 'rows',
      target: 'at most 4500',
      holds: replay.total.teacherRows <= 4_500,
    },
  ],
};

const banking77: Stream = {
  name: 'banking77',
  title: 'BANKING77, 10 003 rows from a cold start',
  seeds: 5,
  argsOf: (context) => [bankingFile(context), ...fifths, ...promised],
  figuresOf: (replay) => [
    keptPromise(replay),
    percentAtLeast(
      'share served over the last 2 000 rows',
      lastWindowOf(replay).studentShare,
      0.75,
    ),
    told('teacher calls in all, holdout included', replay.total.teacherRows, 'rows'),
  ],
};

const digits: Stream = {
  name: 'digits',
  title: 'The digits, 4 500 rows from a cold start, the built-in teacher',
  seeds: 5,
  argsOf: () => {
    const folder = join(repositoryRoot(), 'models', 'digits');
    const task = ['--task', join(folder, 'task.yaml')];
    return [join(folder, 'data', 'stream.parquet'), ...task, ...fifths];
  },
  figuresOf: (replay) => [
    keptPromise(replay),
    told('share served over the last 900 rows', lastWindowOf(replay).studentShare * 100, '%'),
    told('teacher calls in all, holdout included', replay.total.teacherRows, 'rows'),
  ],
};

const outOfScope: Stream = {
  name: 'clinc150-oos',
  title: 'CLINC150, its 1 200 out-of-scope queries in the second half alone',
  seeds: 5,
  argsOf: ({ dataDir, workDir, seed }) => {
    const { path } = writeShiftedClinc(dataDir, workDir, seed);
    return [path, '--no-shuffle', ...fifths, ...promised];
  },
  figuresOf: ({ rows, events, riskMax, routings, total }) => {
    const shiftAtRow = 7_500;
    const seen = afterShift(rows, events, { shiftAtRow, riskMax });
    return [
      isThere('rows from the shift to the alarm', seen.rowsToAlarm),
      isThere('rows until the running disagreement is under the bound to stay', seen.rowsToBound),
      told('highest running disagreement after the shift', seen.highest * 100, '%'),
      told('excess errors until then', seen.excessErrors, 'rows'),
      told('disagreement over the whole stream', routings[0]!.disagreement * 100, '%'),
      told('teacher calls in all, holdout included', total.teacherRows, 'rows'),
    ];
  },
};

/** -1 where it never came. */
const isThere = (figure: string, rows: number | null): Measured => ({
  figure,
  value: rows ?? -1,
  unit: 'rows',
  target: 'must come',
  holds: rows !== null,
});

/** Holdout rows of which is told what they would buy. */
const holdoutSizes = [500, 1_000, 2_000, 4_000, 8_000, 16_000];

/** What a stricter target gets, and what more rows would buy. */
function strict(of: 'clinc150' | 'banking77', riskMax: number): Stream {
  const fileOf = of === 'clinc150' ? clincFile : bankingFile;
  const target = { riskMax, delta: 0.1 };
  return {
    name: `${of}-risk-${riskMax * 100}`,
    title: `${of.toUpperCase()} at risk ${riskMax * 100} %`,
    seeds: 2,
    argsOf: (context) => {
      const { delta } = target;
      return [fileOf(context), ...fifths, '--risk', String(riskMax), '--delta', String(delta)];
    },
    figuresOf: (replay) => {
      const last = lastOpinionsOf(replay);
      return [
        keptPromise(replay),
        told('share served over the last fifth', lastWindowOf(replay).studentShare * 100, '%'),
        told('share served in all', replay.total.studentShare * 100, '%'),
        ...holdoutSizes.map((rows) => {
          const share = servedWith(rows, last, target);
          return told(`share that ${rows} holdout rows would let it serve`, share * 100, '%');
        }),
        told(
          'share of the last fifth with no more errors than that, looking back',
          coverageAtRisk(last, riskMax) * 100,
          '%',
        ),
        told('teacher calls in all, holdout included', replay.total.teacherRows, 'rows'),
      ];
    },
  };
}

/** What the students of the last fifth thought of its rows. */
function lastOpinionsOf({ rows, byWindow }: SavedReplay): RatedRows {
  const last = rows.slice(byWindow.at(-1)!.from).filter(({ opinion }) => opinion !== null);
  return {
    confidences: Float64Array.from(last, ({ opinion }) => opinion!.confidence),
    disagrees: last.map(({ opinion, teacherLabel }) => opinion!.label !== teacherLabel),
  };
}

export const streams: readonly Stream[] = [
  ...[clinc150, banking77, digits, outOfScope],
  ...[strict('clinc150', 0.02), strict('clinc150', 0.01)],
  ...[strict('banking77', 0.02), strict('banking77', 0.01)],
];
