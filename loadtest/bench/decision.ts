import { createNormalDraw, createSeededDraw } from '../../src/distillation/seeded-draw.js';
import { decideRoute } from '../../src/routing/decide-route.js';
import { rateLogits, scoreNames, type ScoreName } from '../../src/routing/rate-logits.js';
import { atMost } from './bounded-figure.js';
import type { Measurement } from './measurement.js';
import { percentileOf } from './numbers.js';
import { tableOf } from './table.js';

const classes = 150;
const rowsPerRound = 500;
const microsecondsMax = 20;

/** What it costs to decide who answers a row, once its logits are there. */
export const decision: Measurement = {
  name: 'decision',
  question: `Deciding who answers: microseconds a row of ${classes} classes`,
  async measure({ command, isQuick }) {
    const rows = randomRows();
    const measured = scoreNames.map((score) => {
      const times = roundTimes(rows, { score, rounds: isQuick ? 50 : 300 });
      return { score, median: percentileOf(times, 50), slowest: percentileOf(times, 99) };
    });
    return {
      figures: measured.map(({ score, median }) =>
        atMost(microsecondsMax, {
          figure: `softmax, ${score} and route of a row of ${classes} classes, median`,
          value: median,
          unit: 'microseconds',
          command,
        }),
      ),
      report: [
        tableOf(
          ['score', 'median', 'p99'],
          measured.map(({ score, median, slowest }) => [score, median, slowest]),
        ),
        '',
        `CPU time of rounds of ${rowsPerRound} rows: softmax and score by \`rateLogits\`, as in`,
        'each request, and the route by a threshold that half of the rows pass.',
      ].join('\n'),
    };
  },
};

/** [rows][classes] logits as of a student that is sure of some rows and not of others. */
function randomRows(): readonly Float32Array[] {
  const draw = createNormalDraw(createSeededDraw(1));
  return Array.from({ length: rowsPerRound }, () =>
    Float32Array.from({ length: classes }, () => 3 * draw()),
  );
}

/** @returns microseconds of CPU a row, of each round: what neighbours take does not count. */
function roundTimes(
  rows: readonly Float32Array[],
  { score, rounds }: { readonly score: ScoreName; readonly rounds: number },
): readonly number[] {
  const calibration = { temperature: 1.3, score };
  const confidences = rows.map((row) => rateLogits(row, calibration).confidence);
  const threshold = percentileOf(confidences, 50);
  const times: number[] = [];
  let answers = 0; // Used, so that nothing is optimised away.
  for (let round = -Math.ceil(rounds / 4); round < rounds; round++) {
    const before = process.cpuUsage();
    for (const row of rows) {
      const { confidence } = rateLogits(row, calibration);
      const route = decideRoute({ mode: 'risk', requested: 'auto', confidence, threshold });
      if (route.kind === 'student') answers++;
    }
    const { user, system } = process.cpuUsage(before);
    if (round >= 0) times.push((user + system) / rows.length);
  }
  if (answers === 0) throw new RangeError('The student answered no row: the threshold is wrong.');
  return times;
}
