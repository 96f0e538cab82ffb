import { shown } from './numbers.js';

/** A markdown table; numbers are shown with three digits, columns of numbers to the right. */
export function tableOf(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const isNumeric = head.map((_, column) => rows.every((row) => typeof row[column] === 'number'));
  const lines = [
    head,
    isNumeric.map((numeric) => (numeric ? '--:' : '---')),
    ...rows.map((row) => row.map((cell) => (typeof cell === 'number' ? shown(cell) : cell))),
  ];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
