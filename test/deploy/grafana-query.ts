/** What Grafana knows when it fills in a query. */
export interface Chosen {
  /** Variable -> its chosen values. */
  readonly variables: Readonly<Record<string, readonly string[]>>;
  /** Time shown, s. */
  readonly rangeSeconds: number;
  /** One point of a panel, s. */
  readonly intervalSeconds: number;
  readonly scrapeSeconds: number;
}

/**
 * Fills in a query's variables as Grafana's Prometheus data source does: one value stands alone,
 * several as `(a|b)`, each escaped twice, for the regular expression and for the PromQL string.
 *
 * @throws {Error} when a variable is left over.
 */
export function fillIn(query: string, chosen: Chosen): string {
  const { variables, rangeSeconds, intervalSeconds, scrapeSeconds } = chosen;
  const rateSeconds = Math.max(intervalSeconds + scrapeSeconds, 4 * scrapeSeconds);
  const values: Record<string, string> = {
    __rate_interval: `${rateSeconds}s`,
    __interval: `${intervalSeconds}s`,
    __range: `${rangeSeconds}s`,
    ...Object.fromEntries(Object.entries(variables).map(([name, list]) => [name, inRegExp(list)])),
  };
  return query.replace(/\$(\w+|\{\w+\})/g, (_, name: string) => {
    const value = values[name.replace(/[{}]/g, '')];
    if (value === undefined) throw new Error(`Nothing stands for $${name} in ${query}`);
    return value;
  });
}

function inRegExp(values: readonly string[]): string {
  const escaped = values.map((value) =>
    value.replace(/\\/g, '\\\\\\\\').replace(/[$^*{}[\]+?.()|]/g, '\\\\$&'),
  );
  return escaped.length === 1 ? escaped[0]! : `(${escaped.join('|')})`;
}
