import type { LossCurveJson } from '../http/api-types-evaluation.js';
import { legend } from './legend.js';
import { picture } from './picture.js';
import { createPlot, ticksTo } from './plot.js';
import { svgPath, svgText, type Place } from './svg.js';

const frame = { left: 80, top: 76, width: 660, height: 270 } as const;
const looks = {
  training: 'class="stroke-own" stroke-width="2.5" fill="none"',
  validation: 'class="stroke-other" stroke-width="2.5" stroke-dasharray="7 4" fill="none"',
} as const;

/** Draws the losses of a training: on rows that it learnt from, and on rows that it did not. */
export function drawLosses(student: string, { points }: LossCurveJson): string {
  const seen = points.flatMap(({ step, validationLoss }) =>
    validationLoss === null ? [] : [{ step, loss: validationLoss }],
  );
  const highest = Math.max(1e-6, ...[...points, ...seen].map(({ loss }) => loss));
  const steps = points.at(-1)?.step ?? 1;
  const count = (value: number): string => value.toLocaleString('en');
  const { frame: axes, at } = createPlot({
    ...frame,
    x: { low: 0, high: steps, ticks: ticksTo(steps), show: count, title: 'steps' },
    y: {
      ...{ low: 0, high: highest * 1.05, ticks: ticksTo(highest * 1.05) },
      show: (value) => String(value),
      title: 'loss of a row, nats',
    },
  });
  const line = (of: readonly { readonly step: number; readonly loss: number }[]): Place[] =>
    of.map(({ step, loss }) => at(step, loss));
  const end = seen.at(-1);
  const description =
    `Over ${count(steps)} steps the training loss went from ${round(points[0]?.loss)} to ` +
    round(points.at(-1)?.loss) +
    (end === undefined
      ? '; nobody looked at validation rows.'
      : `; validation ended at ${round(end.loss)}.`);
  return picture({ width: 780, height: 410, title: `Losses of ${student}`, description }, [
    svgText({ x: frame.left, y: 30 }, `Losses of ${student}`, heading),
    ...legend({ x: frame.left, y: 56 }, [
      { name: 'training rows', look: looks.training },
      ...(seen.length === 0 ? [] : [{ name: 'validation rows', look: looks.validation }]),
    ]),
    ...axes,
    `<polyline points="${svgPath(line(points))}" ${looks.training}/>`,
    ...(seen.length === 0
      ? []
      : [`<polyline points="${svgPath(line(seen))}" ${looks.validation}/>`]),
  ]);
}

const heading = 'class="fill-ink" font-size="17" font-weight="600"';
const round = (loss: number | undefined): string =>
  loss === undefined ? '-' : loss.toPrecision(3);
