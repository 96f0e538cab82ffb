/** A heading row, then others of as many cells. */
export type Table = readonly (readonly string[])[];

/** For a terminal: columns aligned, numbers to the right. */
export function plainTable(table: Table): string {
  const widths = widthsOf(table);
  return table.map((row) => alignedCells(row, widths).join('   ').trimEnd()).join('\n');
}

/** @param textColumns  so many on the left are texts, the others numbers. */
export function markdownTable(table: Table, textColumns = 1): string {
  const widths = widthsOf(table).map((width) => Math.max(3, width));
  const line = (row: readonly string[]): string =>
    `| ${alignedCells(row, widths, textColumns).join(' | ')} |`;
  const rule = widths.map((width, column) =>
    column < textColumns ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [line(table[0]!), `| ${rule.join(' | ')} |`, ...table.slice(1).map(line)].join('\n');
}

function alignedCells(
  row: readonly string[],
  widths: readonly number[],
  textColumns = 1,
): string[] {
  return row.map((cell, column) =>
    column < textColumns ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
  );
}

const widthsOf = (table: Table): number[] =>
  table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
