import { join } from 'node:path';
import type { Figure } from '../../src/files/figures-file.js';
import { repositoryRoot } from '../../src/files/repository-root.js';
import { readBundle } from '../../src/registry/read-bundle.js';
import { openOnnxStudent, type OnnxStudent } from '../../src/student/onnx-student.js';
import type { Input } from '../../src/task/task.js';
import { openTextSession } from '../encoder/text-session.js';
import { alternate, ratioOf } from './alternate.js';
import { atLeast } from './bounded-figure.js';
import { digitImages } from './digits-bodies.js';
import { openDigitsSession } from './digits-session.js';
import { encoderBundle, textsOfTokens, type EncoderName } from './encoders.js';
import type { Measurement } from './measurement.js';
import { medianRunMs, runsPerSecond } from './run-loop.js';
import { tableOf } from './table.js';

const batchSizes = [1, 2, 4, 8, 16, 32, 64] as const;
/** Tokens of a text, by encoder. */
const tokensOf = { large: 32, small: 32, tiny: 8 } as const;
const callers = 64;

/** Median ms of a run, by rows. */
type Curve = readonly number[];

/** What sharing a run gives, by model and rows. */
export const microBatching: Measurement = {
  name: 'micro-batching',
  question: 'Micro-batching: where does sharing a run pay?',
  async measure({ command, isQuick, say }) {
    const time = isQuick ? { rounds: 3, seconds: 0.3 } : { rounds: 5, seconds: 2 };
    const images = await digitImages();
    const digits = await openDigitsSession(images);
    const tiny = await openTextSession(await encoderBundle('tiny'));
    const texts = textsOfTokens(callers, tokensOf.tiny);
    try {
      const digitsGain = await gainOf(() => digits.run(1), {
        ...{ ...time, bundle: join(repositoryRoot(), 'models', 'digits', 'student') },
        inputs: images.slice(0, callers),
      });
      let next = 0;
      const oneText = () => tiny.run([tiny.tokensOf(texts[next++ % callers]!)]);
      const tinyGain = await gainOf(oneText, {
        ...{ ...time, bundle: await encoderBundle('tiny') },
        inputs: texts.map((text) => Buffer.from(text)),
      });
      say('micro-batched students done, curves ...');
      const curves = {
        'digits MLP': await curveOf((rows) => digits.run(rows), isQuick ? 100 : 500),
        'encoder 2x32': await encoderCurve('tiny', isQuick ? 20 : 100),
        'encoder 2x128': await encoderCurve('small', isQuick ? 10 : 40),
        'encoder 6x384': await encoderCurve('large', isQuick ? 2 : 8),
      };
      return {
        figures: [
          runsFigure('digits', bestGain(curves['digits MLP']), command),
          runsFigure('encoder 2x32', bestGain(curves['encoder 2x32']), command),
          ...studentFigures('digits', digitsGain, command),
          ...studentFigures('encoder 2x32', tinyGain, command),
        ],
        report: [
          curvesTable(curves),
          '',
          "Medians of bare runs on one thread; the encoders' texts have 8 (2x32) and 32 tokens.",
          'A model whose single row fills the core already gains nothing from company.',
          `A micro-batched student has ${callers} callers who send one row at a time. Its`,
          'preprocessing is in it, and a tokenizer gains nothing from company either.',
        ].join('\n'),
      };
    } finally {
      await Promise.all([digits.close(), tiny.close()]);
    }
  },
};

/** Rows a second of the gateway's student with many callers, as a multiple. */
interface Gain {
  /** Of the same student, which may put only one row into a run. */
  readonly againstItself: number;
  /** Of runs of one row one after the other, with nothing around them. */
  readonly againstBare: number;
}

async function gainOf(
  runOne: () => Promise<unknown>,
  options: {
    readonly bundle: string;
    readonly inputs: readonly Input[];
    readonly rounds: number;
    readonly seconds: number;
  },
): Promise<Gain> {
  const { inputs, rounds, seconds } = options;
  const bundle = await readBundle(options.bundle);
  const student = await openOnnxStudent(bundle, { inputs });
  const lone = await openOnnxStudent(bundle, { inputs, runMsTarget: runMsOfOneRow });
  /** Each caller asks again when he has his answer. */
  const serve = async (served: OnnxStudent): Promise<number> => {
    const rates = inputs.map((input) => runsPerSecond(() => served.predict([input]), seconds));
    return (await Promise.all(rates)).reduce((sum, rate) => sum + rate, 0);
  };
  try {
    const { batched, alone, bare } = await alternate(
      {
        batched: () => serve(student),
        alone: () => serve(lone),
        bare: () => runsPerSecond(runOne, seconds),
      },
      { rounds },
    );
    return { againstItself: ratioOf(batched, alone), againstBare: ratioOf(batched, bare) };
  } finally {
    await student.close();
    await lone.close();
  }
}

/** Less than any run takes, ms: runs then have one row. */
const runMsOfOneRow = 1e-6;

async function curveOf(run: (rows: number) => Promise<unknown>, runs: number): Promise<Curve> {
  const curve: number[] = [];
  for (const rows of batchSizes) curve.push(await medianRunMs(() => run(rows), runs));
  return curve;
}

async function encoderCurve(name: EncoderName, runs: number): Promise<Curve> {
  const session = await openTextSession(await encoderBundle(name));
  const lists = textsOfTokens(Math.max(...batchSizes), tokensOf[name]).map((text) =>
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
const bestGain = (curve: Curve): number =>
  Math.max(...curve.map((_, index) => rowsPerSecond(curve, index))) / rowsPerSecond(curve, 0);

const runsFigure = (name: string, value: number, command: string): Figure =>
  atLeast(5, {
    figure: `best size of bare runs against runs of one row, ${name}`,
    value,
    unit: 'times the rows a second',
    command,
  });

function studentFigures(name: string, gain: Gain, command: string): readonly Figure[] {
  const unit = 'times the rows a second';
  const figureOf = (against: string, value: number): Figure =>
    atLeast(5, {
      figure: `micro-batched student against ${against}, ${name}`,
      value,
      unit,
      command,
    });
  return [
    figureOf('the same with runs of one row', gain.againstItself),
    figureOf('bare runs of one row', gain.againstBare),
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
