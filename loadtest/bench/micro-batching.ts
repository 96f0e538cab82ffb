import type { Figure } from '../../src/files/figures-file.js';
import { openTextSession } from '../encoder/text-session.js';
import { atLeast } from './bounded-figure.js';
import { digitImages } from './digits-bodies.js';
import { openDigitsSession } from './digits-session.js';
import { encoderBundle, textsOfTokens } from './encoders.js';
import type { Measurement } from './measurement.js';
import { medianRunMs } from './run-loop.js';
import { tableOf } from './table.js';

const batchSizes = [1, 2, 4, 8, 16, 32, 64] as const;
const tokens = 32;

/** Median ms of a run, by rows. */
type Curve = readonly number[];

/** What sharing a run gives, by model and rows. */
export const microBatching: Measurement = {
  name: 'micro-batching',
  question: 'Micro-batching: where does sharing a run pay?',
  async measure({ command, isQuick, say }) {
    const images = await digitImages();
    const digits = await openDigitsSession(images);
    try {
      const digitsCurve = await curveOf((rows) => digits.run(rows), isQuick ? 100 : 500);
      say('digits done, encoders ...');
      const small = await encoderCurve('small', isQuick ? 10 : 40);
      const large = await encoderCurve('large', isQuick ? 2 : 8);
      return {
        figures: [
          gainFigure('digits', digitsCurve, command),
          gainFigure('encoder 2x128', small, command),
        ],
        report: [
          curvesTable({
            'digits MLP': digitsCurve,
            'encoder 2x128': small,
            'encoder 6x384': large,
          }),
          '',
          `Medians of bare runs on one thread; the encoders' texts have ${tokens} tokens. A model`,
          'whose single row fills the core already gains nothing from company.',
        ].join('\n'),
      };
    } finally {
      await digits.close();
    }
  },
};

async function curveOf(run: (rows: number) => Promise<unknown>, runs: number): Promise<Curve> {
  const curve: number[] = [];
  for (const rows of batchSizes) curve.push(await medianRunMs(() => run(rows), runs));
  return curve;
}

async function encoderCurve(name: 'small' | 'large', runs: number): Promise<Curve> {
  const session = await openTextSession(await encoderBundle(name));
  const lists = textsOfTokens(Math.max(...batchSizes), tokens).map((text) =>
    session.tokensOf(text),
  );
  try {
    return await curveOf((rows) => session.run(lists.slice(0, rows)), runs);
  } finally {
    await session.close();
  }
}

const rowsPerSecond = (curve: Curve, index: number): number =>
  (batchSizes[index]! * 1000) / curve[index]!;

/** The best size of runs is what the gateway would choose: the largest one may be none. */
function gainFigure(name: string, curve: Curve, command: string): Figure {
  const best = Math.max(...batchSizes.map((_, index) => rowsPerSecond(curve, index)));
  const value = best / rowsPerSecond(curve, 0);
  const figure = `best run against runs of one row, ${name}`;
  return atLeast(5, { figure, value, unit: 'times the rows a second', command });
}

function curvesTable(curves: Readonly<Record<string, Curve>>): string {
  const names = Object.keys(curves);
  return tableOf(
    ['rows a run', ...names.flatMap((name) => [`${name}, rows/s`, 'against one'])],
    batchSizes.map((rows, index) => [
      rows,
      ...names.flatMap((name) => {
        const perSecond = rowsPerSecond(curves[name]!, index);
        return [perSecond, perSecond / rowsPerSecond(curves[name]!, 0)];
      }),
    ]),
  );
}
