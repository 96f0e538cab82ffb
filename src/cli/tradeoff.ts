import { writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { InvalidInputError } from '../errors.js';
import { parsePolicy } from '../http/parse-policy.js';
import { percentSet } from '../task/percent.js';
import { withTask, type ControlOptions } from './task-control.js';
import { plotTradeoff } from './tradeoff-plot.js';
import { drawTradeoff } from './tradeoff-svg.js';
import { tabulateTradeoff } from './tradeoff-table.js';

export interface TradeoffOptions extends ControlOptions {
  /** A target of risk, as typed. */
  readonly set?: string;
  readonly svg?: string;
}

/** `understudy tradeoff TASK`: the curve as a plot and a table; sets a target if one is given. */
export async function tradeoff(name: string, options: TradeoffOptions): Promise<void> {
  if (options.svg !== undefined) requireSvg(options.svg);
  await withTask(name, options, async (task) => {
    if (options.set !== undefined) {
      const { riskMax } = parsePolicy({ riskMax: Number(options.set) });
      const { policy } = await task.tradeoff();
      const isOther = policy.mode !== 'risk';
      await task.updatePolicy({ riskMax: riskMax!, ...(isOther ? { mode: 'risk' } : {}) });
      const left = isOther ? `, and mode ${policy.mode} is left` : '';
      console.log(`The target is ${percentSet(riskMax!)} now${left}. Set ${task.where}.\n`);
    }
    const shown = await task.tradeoff();
    console.log(plotTradeoff(shown));
    if (shown.points.length > 0) console.log(`\n${tabulateTradeoff(shown)}`);
    if (options.svg === undefined) return;
    await writeFile(options.svg, drawTradeoff(name, shown));
    console.log(`\nDrawn into ${options.svg}.`);
  });
}

/**
 * A name that promises a picture of another kind would be a lie about what is in the file.
 *
 * @throws {InvalidInputError}
 */
function requireSvg(file: string): void {
  const ending = extname(file).toLowerCase();
  if (ending === '.svg') return;
  throw new InvalidInputError(
    `The curve is drawn as SVG, and ${file} does not end in .svg. Name it like curve.svg; a ` +
      'browser shows and prints it, and rsvg-convert makes a PNG of it.',
    { field: '--svg', expected: 'a file that ends in .svg', got: file },
  );
}
