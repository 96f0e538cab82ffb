/** The elements of lists in lists, in order; no more than so many. */
export function flattenLists(data: readonly unknown[], elementsMax: number): readonly unknown[] {
  const elements: unknown[] = [];
  const waiting: unknown[] = [data];
  while (waiting.length > 0 && elements.length < elementsMax) {
    const next = waiting.pop();
    if (!Array.isArray(next)) elements.push(next);
    else for (let k = next.length - 1; k >= 0; k--) waiting.push(next[k]);
  }
  return elements;
}
