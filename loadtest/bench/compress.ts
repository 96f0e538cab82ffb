import { join } from 'node:path';
import { compareBundles } from '../../src/distillation/compress/compare-bundles.js';
import { compressBundle } from '../../src/distillation/compress/compress-bundle.js';
import { repositoryRoot } from '../../src/files/repository-root.js';
import type { Input } from '../../src/task/task.js';
import { atLeast, atMost } from './bounded-figure.js';
import { digitImages } from './digits-bodies.js';
import { encoderBundle, textsOfTokens } from './encoders.js';
import type { BenchContext, Measured, Measurement } from './measurement.js';
import { tableOf } from './table.js';

const textCount = 64;
const tokens = 32;

interface Subject {
  readonly name: string;
  readonly dir: string;
  readonly inputs: readonly Input[];
  /** Time in floats over time in 8 bits, at least, of a run of one row. */
  readonly speedMin: number;
  /** The same of a run of 32 rows: of many rows the steps around products cost as much as they. */
  readonly batchSpeedMin: number;
  readonly sameLabelMin: number;
}

/** What weights in 8 bits save, and what they change. */
export const compress: Measurement = {
  name: 'compress',
  question: 'Weights in 8 bits: how much smaller, how fast, and which answers change?',
  async measure(context) {
    const subjects = await readSubjects(context);
    const compared: Awaited<ReturnType<typeof compareSubject>>[] = [];
    for (const subject of subjects) {
      context.say(subject.name);
      compared.push(await compareSubject(context, subject));
    }
    const head = ['model', 'kB', 'in 8 bits', 'a row, ms', 'in 8 bits', '32 rows', 'in 8 bits'];
    return {
      figures: compared.flatMap(({ figures }) => figures),
      report:
        `${tableOf(
          [...head, 'same label'],
          compared.map(({ line }) => line),
        )}\n\n` +
        'Medians of runs in turn, one thread, preprocessing included; texts have ' +
        `${tokens} tokens. ` +
        "The encoders' weights are drawn: their classes lie nearer to each other than others do.",
    };
  },
};

async function readSubjects({ isQuick }: BenchContext): Promise<readonly Subject[]> {
  const digits = join(repositoryRoot(), 'models', 'digits', 'student');
  const texts = textsOfTokens(textCount, tokens).map((text) => new TextEncoder().encode(text));
  const encoder = async (name: 'small' | 'large', speedMin: number): Promise<Subject> => ({
    ...{ name: `encoder, ${name}`, dir: await encoderBundle(name), inputs: texts },
    ...{ speedMin, batchSpeedMin: 0.8, sameLabelMin: 0.9 },
  });
  const student = { name: 'digits student', dir: digits, inputs: await digitImages() };
  return [
    { ...student, speedMin: 0.67, batchSpeedMin: 0.67, sameLabelMin: 0.99 },
    await encoder('small', 0.8),
    ...(isQuick ? [] : [await encoder('large', 1.2)]),
  ];
}

async function compareSubject({ dir, command }: BenchContext, subject: Subject) {
  const afterDir = join(dir, `compressed-${subject.name.replace(/\W+/g, '-')}`);
  await compressBundle(subject.dir, afterDir);
  const found = await compareBundles({ beforeDir: subject.dir, afterDir }, subject.inputs);
  const { bytes, runMs, batchMs, sameLabel } = found;
  const named = (figure: string, value: number, unit: string) => ({
    figure: `${subject.name} in 8 bits: ${figure}`,
    ...{ value, unit, command },
  });
  const figures: Measured['figures'] = [
    atMost(0.3, named('size', bytes.after / bytes.before, 'of 1')),
    atLeast(subject.speedMin, named('speed, one row', runMs.before / runMs.after, 'times')),
    atLeast(
      subject.batchSpeedMin,
      named(`speed, ${batchMs.rows} rows`, batchMs.before / batchMs.after, 'times'),
    ),
    atLeast(subject.sameLabelMin, named('same label', sameLabel, 'of 1')),
  ];
  const line = [
    ...[subject.name, Math.round(bytes.before / 1000), Math.round(bytes.after / 1000)],
    ...[runMs.before, runMs.after, batchMs.before, batchMs.after, sameLabel],
  ];
  return { figures, line };
}
