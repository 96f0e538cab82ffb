import type { ModelDetailsJson } from '../http/api-types-evaluation.js';
import { picture } from './picture.js';
import { px, svgLine, svgText, type Place } from './svg.js';
import { visible } from './visible.js';

/** More classes than this are a carpet, not a picture: the pairs are listed instead. */
export const confusionClassesMax = 30;

const top = 62;
const labelCharsMax = 24;
/** About what a letter takes. */
const charPx = 7.2;

/**
 * Draws which label the student gives where the teacher gives another: a cell for each pair, the
 * darker the larger its share of the teacher's rows. The diagonal has a colour of its own.
 *
 * @param student  finite, and scored on holdout rows.
 * @param labels   2 to `confusionClassesMax`.
 */
export function drawConfusion(
  { version, answers }: ModelDetailsJson,
  labels: readonly string[],
): string {
  const { classes, confusions } = answers!;
  const cell = Math.max(20, Math.min(56, 600 / labels.length));
  const place = (index: number): number => index * cell;
  const cells = [
    ...classes.map(({ label, recall }) => ({
      ...{ teacher: label, student: label },
      rows: Math.round(recall.estimate * recall.rows),
    })),
    ...confusions,
  ].filter(({ rows }) => rows > 0);
  const wrong = confusions.reduce((sum, { rows }) => sum + rows, 0);
  const rowsInAll = cells.reduce((sum, { rows }) => sum + rows, 0);
  const names = labels.map((label) => visible(label, labelCharsMax));
  const longest = Math.max(...names.map((name) => name.length)) * charPx;
  const gutter = Math.max(40, longest + 26);
  const originY = top + 24 + longest * Math.sin(Math.PI / 3);
  const span = labels.length * cell;
  const description =
    "Rows by the teacher's label, columns by the student's: " + `${wrong} of ${rowsInAll} differ.`;
  const wide = Math.max(40 + description.length * charPx, gutter + span + 30 + longest / 2);
  const about = {
    width: Math.ceil(wide),
    height: Math.ceil(originY + span + 24),
    title: `Confusion of ${version}`,
    description,
  };
  return picture(about, [
    svgText({ x: 20, y: 30 }, about.title, 'class="fill-ink" font-size="17" font-weight="600"'),
    svgText({ x: 20, y: 50 }, about.description),
    ...names.flatMap((name, index) => {
      const middle = place(index) + cell / 2;
      const [x, y] = [gutter + middle + 4, originY - 8];
      return [
        svgText({ x: gutter - 8, y: originY + middle + 4 }, name, 'text-anchor="end"'),
        svgText({ x, y }, name, `transform="rotate(-60 ${px(x)} ${px(y)})"`),
      ];
    }),
    ...grid(labels.length, cell, { x: gutter, y: originY }),
    ...cells.flatMap(({ teacher, student, rows }) => {
      const share = rows / classes[teacher]!.recall.rows;
      const [x, y] = [gutter + place(student), originY + place(teacher)];
      const colour = teacher === student ? 'own' : 'other';
      const ink = share > 0.7 ? 'onfill' : 'ink';
      return [
        `<rect x="${px(x + 1)}" y="${px(y + 1)}" width="${px(cell - 2)}" ` +
          `height="${px(cell - 2)}" class="fill-${colour}" fill-opacity="${opacityOf(share)}"/>`,
        svgText(
          { x: x + cell / 2, y: y + cell / 2 + cell / 8 },
          String(rows),
          `class="fill-${ink}" text-anchor="middle" font-size="${px(Math.min(13, cell * 0.45))}"`,
        ),
      ];
    }),
  ]);
}

/** Rare ones are to be seen too. */
const opacityOf = (share: number): string => (0.2 + 0.8 * share).toFixed(2);

function grid(count: number, cell: number, { x, y }: Place): string[] {
  const span = count * cell;
  return Array.from({ length: count + 1 }, (_, index) => index * cell).flatMap((at) => [
    svgLine({ x: x + at, y }, { x: x + at, y: y + span }, 'class="stroke-grid"'),
    svgLine({ x, y: y + at }, { x: x + span, y: y + at }, 'class="stroke-grid"'),
  ]);
}
