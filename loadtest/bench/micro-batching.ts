import { join } from 'node:path';
import type { Figure } from '../../src/files/figures-file.js';
import { openTextSession } from '../encoder/text-session.js';
import { percentileMs } from '../latency-histogram.js';
import { alternate, type Rounds } from './alternate.js';
import { atLeast, atMost } from './bounded-figure.js';
import { digitImages, singleBodies } from './digits-bodies.js';
import { openDigitsSession } from './digits-session.js';
import { encoderBundle, textsOfTokens } from './encoders.js';
import { startGateway } from './gateway.js';
import type { BenchContext, Measurement } from './measurement.js';
import { medianOf } from './numbers.js';
import { medianRunMs } from './run-loop.js';
import { tableOf } from './table.js';

const batchSizes = [1, 2, 4, 8, 16, 32, 64] as const;
const tokens = 32;

/** Median ms of a run, by rows. */
type Curve = readonly number[];

/** What sharing a run gives, by model and rows; and what it costs a caller who is alone. */
export const microBatching: Measurement = {
  name: 'micro-batching',
  question:
    'Micro-batching: where does sharing a run pay, and what does a lone request pay for it?',
  async measure(context) {
    const { command, isQuick, say } = context;
    const images = await digitImages();
    const digits = await openDigitsSession(images);
    try {
      const digitsCurve = await curveOf((rows) => digits.run(rows), isQuick ? 100 : 500);
      say('digits done, encoders ...');
      const small = await encoderCurve('small', isQuick ? 10 : 40);
      const large = await encoderCurve('large', isQuick ? 2 : 8);
      say('a lone request ...');
      const lone = await loneRequest(context, images, () => digits.run(1));
      const extraMs = medianOf(lone.gateway) - medianOf(lone.run);
      return {
        figures: figuresOf({ digits: digitsCurve, extraMs, command }),
        report: [
          curvesTable({
            'digits MLP': digitsCurve,
            'encoder 2x128': small,
            'encoder 6x384': large,
          }),
          '',
          `Medians of bare runs on one thread; the encoders' texts have ${tokens} tokens. A model`,
          'whose single row fills the core already gains nothing from company.',
          '',
          tableOf(
            ['a lone request, digits', 'median ms'],
            [
              ['bare run of one row', medianOf(lone.run)],
              ['gateway, one request after the other', medianOf(lone.gateway)],
            ],
          ),
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

/** In ms, in turn: a bare run of one row, and a request of one row through the gateway. */
async function loneRequest(
  { generator, dir, isQuick }: BenchContext,
  images: readonly Uint8Array[],
  run: () => Promise<unknown>,
): Promise<Rounds<'run' | 'gateway'>> {
  const gateway = await startGateway({ dataDir: join(dir, 'lone') });
  const bodies = singleBodies(images, { route: 'student' });
  const target = { url: gateway.predictUrl('digits'), bodies, timeoutMs: 10_000 };
  const time = { connections: 1, warmUpSeconds: 0.5, seconds: isQuick ? 1 : 3 };
  try {
    return await alternate(
      {
        run: () => medianRunMs(run, 500),
        async gateway() {
          const { roundTripUs } = await generator.saturate({ ...target, ...time });
          return percentileMs(roundTripUs, 50);
        },
      },
      { rounds: isQuick ? 2 : 5 },
    );
  } finally {
    await gateway.stop();
  }
}

const rowsPerSecond = (curve: Curve, index: number): number =>
  (batchSizes[index]! * 1000) / curve[index]!;

function figuresOf(options: { digits: Curve; extraMs: number; command: string }): Figure[] {
  const { digits, extraMs, command } = options;
  const gain = rowsPerSecond(digits, batchSizes.length - 1) / rowsPerSecond(digits, 0);
  return [
    atLeast(5, {
      figure: 'runs of 64 rows against runs of one, digits',
      value: gain,
      unit: 'times the rows a second',
      command,
    }),
    atMost(1, {
      figure: 'what a lone request waits beyond a bare run, median',
      value: extraMs,
      unit: 'ms',
      command,
    }),
  ];
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
