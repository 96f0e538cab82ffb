/**
 * Lets one of many equal things through, and counts the others: a teacher that is down for an hour
 * is worth a log line now and then, not one for each request.
 *
 * @returns how many things with this key were left out since the last one that went through, or
 *          null when this one is to be left out too. Keys must come from a closed list.
 */
export function createSampler(
  everyMs: number,
  now: () => number,
): (key: string) => { readonly leftOut: number } | null {
  const byKey = new Map<string, { shownMs: number; leftOut: number }>();
  return (key) => {
    const nowMs = now();
    const last = byKey.get(key);
    const sinceMs = last === undefined ? Infinity : nowMs - last.shownMs;
    if (last !== undefined && sinceMs >= 0 && sinceMs < everyMs) {
      last.leftOut++;
      return null;
    }
    byKey.set(key, { shownMs: nowMs, leftOut: 0 });
    return { leftOut: last?.leftOut ?? 0 };
  };
}
