import { readFile, writeFile } from 'node:fs/promises';
import { settings } from '../config/settings.js';
import { problemTitles } from '../http/problem.js';
import { httpStatusOf } from '../http/status.js';
import { metricList } from '../telemetry/metric-list.js';
import type { ErrorCode } from '../errors.js';

type TableName = 'settings' | 'errors' | 'metrics';

/** The README's tables, as markdown; each stands between `<!-- NAME -->` and `<!-- /NAME -->`. */
export const docsTables: Readonly<Record<TableName, () => string>> = {
  settings: () =>
    table(
      ['setting', 'variable', 'default', 'range', 'meaning'],
      settings.map(({ key, env, schema, unit, range, help }) => [
        `\`${key}\``,
        `\`${env}\``,
        `\`${String(schema.parse(undefined))}\``,
        `${range} (${unit})`,
        help,
      ]),
    ),
  errors: () =>
    table(
      ['code', 'status', 'meaning'],
      (Object.keys(httpStatusOf) as ErrorCode[]).map((code) => [
        `\`${code}\``,
        String(httpStatusOf[code]),
        problemTitles[code],
      ]),
    ),
  metrics: () =>
    table(
      ['metric', 'kind', 'labels', 'answers'],
      Object.values(metricList).map(({ name, kind, labels, help }) => [
        `\`${name}\``,
        kind,
        labels.map((label) => `\`${label}\``).join(', '),
        help,
      ]),
    ),
};

/** `understudy docs`: prints the tables, or puts them into a README. */
export async function docs(options: { readonly write?: string }): Promise<void> {
  if (options.write === undefined) {
    for (const makeTable of Object.values(docsTables)) console.log(`${makeTable()}\n`);
    return;
  }
  await writeFile(options.write, withTables(await readFile(options.write, 'utf8')));
}

/** @returns `text` with every table between its markers made anew. */
export function withTables(text: string): string {
  return Object.entries(docsTables).reduce((result, [name, makeTable]) => {
    const between = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`);
    return result.replace(between, (_, start: string, end: string) =>
      [start, '\n', makeTable(), '\n\n', end].join(''),
    );
  }, text);
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, ...rows].map((cells) => cells.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = header.map((_, column) =>
    Math.max(3, ...lines.map((cells) => cells[column]!.length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  const rule = line(widths.map((width) => '-'.repeat(width)));
  return [line(lines[0]!), rule, ...lines.slice(1).map(line)].join('\n');
}
