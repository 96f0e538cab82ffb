import { join } from 'node:path';
import { unsureSquare, writeSquaresFile } from '../../test/support/squares-file.js';
import { newHistogram, percentileMs } from '../latency-histogram.js';
import type { OpenLoopResult } from '../open-loop.js';
import { alternate } from './alternate.js';
import { atMost, latenessFigure } from './bounded-figure.js';
import { startGateway } from './gateway.js';
import type { BenchContext, Measured } from './measurement.js';
import { medianOf } from './numbers.js';
import { tableOf } from './table.js';

const ratePerSecond = 1_000;
const warmUpSeconds = 1;
const addedMsMax = 10;

/**
 * Asks a gateway whose teacher answers everything, in turn with rows that are kept (SQLite) and
 * with such that are not (`noStore`): what lies between the two is what the log adds.
 */
export async function measureThroughGateway(context: BenchContext): Promise<Measured> {
  const { generator, isQuick, dir, command } = context;
  const seconds = isQuick ? 3 : 15;
  const home = join(dir, 'teacher-answers');
  const tasks = writeSquaresFile(home, { policy: { mode: 'teacher' } });
  const gateway = await startGateway({ dataDir: join(home, 'data'), tasks });
  const results: OpenLoopResult[] = [];
  let marks = 0;
  async function p99Of(noStore: boolean): Promise<number> {
    // Each row is new: none is answered out of a memory.
    const count = Math.ceil(1.2 * ratePerSecond * (seconds + warmUpSeconds));
    const bodies = Array.from({ length: count }, () =>
      Buffer.from(JSON.stringify({ input: unsureSquare(marks++), noStore })),
    );
    const result = await generator.openLoop({
      ...{ url: gateway.predictUrl('squares'), bodies, ratePerSecond, connectionsMax: 128 },
      ...{ warmUpSeconds, seconds, timeoutMs: 10_000, groupField: null, seed: marks },
      pacing: 'sparing', // The gateway, its teacher and the log share the cores.
    });
    results.push(result);
    return percentileMs(result.latencyUs.get('all') ?? newHistogram(), 99);
  }
  try {
    const sides = { kept: () => p99Of(false), notKept: () => p99Of(true) };
    const { kept, notKept } = await alternate(sides, { rounds: isQuick ? 2 : 5 });
    const value = medianOf(kept.map((p99Ms, round) => p99Ms - notKept[round]!));
    const what = `a gateway at ${ratePerSecond} teacher answers a second`;
    const unanswered = results.reduce((sum, { sent, answered }) => sum + sent - answered, 0);
    return {
      figures: [
        atMost(addedMsMax, {
          ...{ figure: `capture in ${what} (SQLite): p99 kept, less that of noStore`, value },
          ...{ unit: 'ms', command },
        }),
        atMost(0, {
          figure: `capture in ${what}: unanswered`,
          value: unanswered,
          unit: 'requests',
          command,
        }),
        latenessFigure(`capture in ${what}`, { results, command }),
      ],
      report: [
        'Through a gateway whose teacher answers everything, small images, rows kept in SQLite and',
        'not kept (`noStore`) in turn; the difference is taken inside a round.',
        '',
        tableOf(
          ['round', 'p99 ms, kept', 'p99 ms, noStore'],
          kept.map((p99Ms, round) => [round + 1, p99Ms, notKept[round]!]),
        ),
      ].join('\n'),
    };
  } finally {
    await gateway.stop();
  }
}
