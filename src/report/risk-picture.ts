import type { ModelDetailsJson, RiskPointJson } from '../http/api-types-evaluation.js';
import { percent, percentSet } from '../task/percent.js';
import { legend } from './legend.js';
import { picture } from './picture.js';
import { createPlot } from './plot.js';
import { percentRough, riskAxisEnd } from './risk-axis.js';
import { svgLine, svgPath, svgText } from './svg.js';

const frame = { left: 80, top: 76, width: 660, height: 290 } as const;
const colours = ['own', 'other'] as const;
const dashes = ['', 'stroke-dasharray="8 4"'] as const;
const shares = [0, 0.25, 0.5, 0.75, 1];

/**
 * Draws how often students would be wrong with each share of the rows that they might answer, each
 * with its interval as a band.
 *
 * @param models  one or two, those that are finite and have seen holdout rows.
 */
export function drawRisks(
  models: readonly ModelDetailsJson[],
  { riskMax, delta }: { readonly riskMax: number; readonly delta: number },
): string {
  const curves = models.map(({ answers }) => answers!.riskCurve);
  const riskEnd = riskAxisEnd(curves.flat(), riskMax);
  const { frame: axes, at } = createPlot({
    ...frame,
    x: {
      ...{ low: 0, high: 1, ticks: shares, show: percentSet },
      title: 'coverage: share of the rows that the student answers, surest first',
    },
    y: {
      ...{ low: 0, high: riskEnd, ticks: shares.map((share) => share * riskEnd) },
      show: percentRough,
      title: 'risk: share of them that differs',
    },
  });
  const lookOf = (index: number): string =>
    `class="stroke-${colours[index]!}" stroke-width="2.5" fill="none" ${dashes[index]!}`;
  const band = (curve: readonly RiskPointJson[], index: number): string => {
    const points = [
      ...curve.map(({ coverage, risk }) => at(coverage, risk.high)),
      ...curve.toReversed().map(({ coverage, risk }) => at(coverage, risk.low)),
    ];
    const look = `class="fill-${colours[index]!}" fill-opacity="0.14"`;
    return `<polygon points="${svgPath(points)}" ${look}/>`;
  };
  const line = (curve: readonly RiskPointJson[], index: number): string => {
    const points = curve.map(({ coverage, risk }) => at(coverage, risk.estimate));
    return `<polyline points="${svgPath(points)}" ${lookOf(index)}/>`;
  };
  const target = [at(0, riskMax), at(1, riskMax)] as const;
  const words = models.map(
    ({ version, answers }) =>
      `${version} covers ${percent(answers!.coverage)} at risk ${percentSet(riskMax)}`,
  );
  const description = `${words.join('; ')}. Bands are intervals of ${percentSet(1 - delta)} each.`;
  return picture({ width: 780, height: 430, title: 'Risk over coverage', description }, [
    svgText({ x: frame.left, y: 30 }, 'Risk over coverage', heading),
    ...legend(
      { x: frame.left, y: 56 },
      models.map(({ version }, index) => ({ name: version, look: lookOf(index) })),
    ),
    ...axes,
    ...curves.map(band),
    ...curves.map(line),
    svgLine(...target, 'class="stroke-ink" stroke-dasharray="2 4" stroke-width="1.5"'),
    svgText(
      { x: target[0].x + 6, y: target[0].y - 6 },
      `allowed: ${percentSet(riskMax)}`,
      'class="fill-ink"',
    ),
  ]);
}

const heading = 'class="fill-ink" font-size="17" font-weight="600"';
