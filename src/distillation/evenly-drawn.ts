/** Some of many rows, evenly drawn, in their order: `most` of them, or all of fewer. */
export function evenlyDrawn<T>(rows: readonly T[], most: number): readonly T[] {
  const step = Math.max(1, rows.length / most);
  const count = Math.floor(rows.length / step);
  return Array.from({ length: count }, (_, row) => rows[Math.floor(row * step)]!);
}
