import { join } from 'node:path';
import { digitsTask, loadDigitsSplit, type Digit } from '../../src/demo/digits-split.js';
import { createSeededDraw } from '../../src/distillation/seeded-draw.js';
import type { Input } from '../../src/task/task.js';
import { atMost } from './bounded-figure.js';
import type { Measurement } from './measurement.js';
import { measureScope, scopeShares, scopeWords, type ScopeReport } from './scope.js';
import { tableOf } from './table.js';
import { datasetRowOf, trainOnLessons, validationShare } from './train-on-rows.js';

/** The student learns the first ones; the others are strange to it. */
const knownLabels = 8;
const side = 28;

/** What a student of the digits 0 to 7 does with images that are none of these. */
export const outOfScopeImages: Measurement = {
  name: 'out-of-scope-images',
  question: 'How many images unlike anything seen does a sure student answer, and what helps?',
  async measure(context) {
    const { command, isQuick } = context;
    const { stream, test, golden } = loadDigitsSplit();
    const isKnown = ({ label }: Digit): boolean => label < knownLabels;
    const rowsOf = (digits: readonly Digit[]) =>
      digits.filter(isKnown).map(({ image, label }) => ({ input: image, label }));
    const rows = rowsOf(stream)
      .slice(0, isQuick ? 1000 : 4000)
      .map(datasetRowOf);
    const validation = rows.slice(0, Math.round(rows.length * validationShare));
    const task = {
      ...digitsTask,
      name: 'digits-to-7',
      labels: digitsTask.labels.slice(0, knownLabels),
    };
    context.say(`training on ${rows.length} rows`);
    const bundleDir = await trainOnLessons(join(context.dir, task.name), {
      ...{ task, seed: 1, validation, train: rows.slice(validation.length) },
    });
    const inside = [...rowsOf(test), ...rowsOf(golden)];
    const strange = strangeImages([...test, ...golden], isKnown);
    const scope = await measureScope({ task, bundleDir, validation, inside }, strange);
    const figures = scope.reports.map(({ name, answeredUnguarded, answeredAt }) =>
      atMost(answeredUnguarded, {
        figure: `digits 0 to 7, student of ${rows.length} rows: ${name} answered at share 0.01`,
        ...{ value: answeredAt[0]!, unit: 'of 1', command },
      }),
    );
    const lineOf = ({ name, answeredUnguarded, answeredAt, auroc }: ScopeReport) => [
      ...[name, answeredUnguarded, ...answeredAt],
      ...[auroc.byNovelty, auroc.byConfidence],
    ];
    const head = ['images', 'no guard', ...scopeShares.map((share) => `share ${share}`)];
    const table = tableOf(
      [...head, 'AUROC of novelty', 'of doubt'],
      [
        ['in scope', scope.insideUnguarded, ...scope.insideAt, '', ''],
        ...scope.reports.map(lineOf),
      ],
    );
    return { figures, report: `${table}\n\n${scopeWords}` };
  },
};

function strangeImages(
  digits: readonly Digit[],
  isKnown: (digit: Digit) => boolean,
): ReadonlyMap<string, readonly Input[]> {
  const known = digits.filter(isKnown).map(({ image }) => image);
  const draw = createSeededDraw(11);
  const noise = known.map((image) => image.map(() => Math.floor(256 * draw())));
  const order = Array.from({ length: side * side }, (_, j) => j);
  const turned = order.map((j) => (side - 1 - (j % side)) * side + Math.floor(j / side));
  return new Map([
    ['digits 8 and 9', digits.filter((digit) => !isKnown(digit)).map(({ image }) => image)],
    ['black and white exchanged', known.map((image) => image.map((byte) => 255 - byte))],
    ['turned by 90 degrees', known.map((image) => image.map((_, j) => image[turned[j]!]!))],
    ['noise', noise],
  ]);
}
