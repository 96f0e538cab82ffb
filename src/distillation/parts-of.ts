/** Values that are scored at once, 16 MB of float32: thousands of digits. */
const valuesMax = 2 ** 22;

/** Cuts rows into parts that can be scored at once. @param size  values of a row. */
export function partsOf<Row>(rows: readonly Row[], size: number): readonly (readonly Row[])[] {
  const partRows = Math.max(1, Math.floor(valuesMax / size));
  return Array.from({ length: Math.ceil(rows.length / partRows) }, (_, part) =>
    rows.slice(part * partRows, (part + 1) * partRows),
  );
}
