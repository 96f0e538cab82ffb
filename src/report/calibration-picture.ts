import type { ModelDetailsJson, ReliabilityJson } from '../http/api-types-evaluation.js';
import { percent, percentSet } from '../task/percent.js';
import { picture } from './picture.js';
import { createPlot } from './plot.js';
import { px, svgLine, svgText } from './svg.js';

const side = 280;
const top = 92;
const countsTop = top + side + 62;
const countsHeight = 54;
const shares = [0, 0.25, 0.5, 0.75, 1];

/**
 * Draws a student's reliability before and after its temperature: agreement over confidence, which
 * should lie on the diagonal, and below how many rows each bin holds.
 *
 * @param student  finite, and scored on holdout rows.
 */
export function drawCalibration({ version, answers }: ModelDetailsJson): string {
  const { calibration, temperature } = answers!;
  const { before, after } = calibration!;
  const title = `Calibration of ${version}`;
  const description =
    `Expected calibration error ${percent(before.error.equalWidth)} as trained, ` +
    `${percent(after.error.equalWidth)} at temperature ${round(temperature)}. Each circle is a ` +
    'bin of confidences; on the diagonal it would agree as often as it is sure.';
  return picture({ width: 780, height: countsTop + countsHeight + 48, title, description }, [
    svgText({ x: 80, y: 30 }, title, 'class="fill-ink" font-size="17" font-weight="600"'),
    ...panel({ left: 80, name: 'as trained' }, before),
    ...panel({ left: 460, name: `at temperature ${round(temperature)}` }, after),
  ]);
}

function panel(
  { left, name }: { readonly left: number; readonly name: string },
  { error, bins }: ReliabilityJson,
): string[] {
  const x = {
    ...{ low: 0, high: 1, ticks: shares, show: percentSet },
    title: 'confidence: top probability',
  };
  const y = { low: 0, high: 1, ticks: shares, show: percentSet, title: 'agreement' };
  const { frame, at } = createPlot({ left, top, width: side, height: side, x, y });
  const rowsMost = Math.max(1, ...bins.map(({ agreement }) => agreement.rows));
  return [
    svgText({ x: left, y: 62 }, `${name}: error ${percent(error.equalWidth)}`, 'class="fill-ink"'),
    svgText({ x: left, y: 80 }, `in bins of equal mass ${percent(error.equalMass)}`),
    ...frame,
    svgLine(at(0, 0), at(1, 1), 'class="stroke-soft" stroke-dasharray="5 4"'),
    ...bins.flatMap(({ confidence, agreement: { estimate, low, high } }) => {
      const { x: cx, y: cy } = at(confidence, estimate);
      return [
        svgLine(at(confidence, low), at(confidence, high), 'class="stroke-own" stroke-width="2"'),
        `<circle cx="${px(cx)}" cy="${px(cy)}" r="4.5" class="fill-own"/>`,
      ];
    }),
    ...bins.flatMap(({ from, to, agreement: { rows } }) => {
      const height = Math.max(1, (rows / rowsMost) * countsHeight);
      const [x1, x2] = [at(from, 0).x + 1, at(to, 0).x - 1];
      return [
        `<rect x="${px(x1)}" y="${px(countsTop + countsHeight - height)}" class="fill-own" ` +
          `width="${px(x2 - x1)}" height="${px(height)}" fill-opacity="0.55"/>`,
        svgText(
          { x: (x1 + x2) / 2, y: countsTop + countsHeight - height - 3 },
          String(rows),
          'text-anchor="middle" font-size="9"',
        ),
      ];
    }),
    svgText(
      { x: left + side / 2, y: countsTop + countsHeight + 22 },
      'rows in each bin',
      'text-anchor="middle"',
    ),
  ];
}

const round = (temperature: number): string => String(Number(temperature.toPrecision(3)));
