/**
 * Gives the share of a dataset that a client may have:
 *
 *     p_c             its share of the traffic
 *     limit_c = 1                                                  if p_c > 1/2
 *     limit_c = max(shareMax, sum_{j != c} (p_j / (1 - p_c))^2)    otherwise
 *
 * The sum is the share of the client behind an average request of the others. So nobody is limited
 * among few clients of about one size, such as the services of one firm, and one that stands out
 * among many is, to what is usual among them. Who sends more than half is the traffic: no rule can
 * tell him from the others. Beside a client that the operator trusts nobody else is usual: all
 * others have `shareMax`.
 *
 * @param traffic   of each client that is not trusted, >= 0; their sum need not be 1.
 * @param shareMax  in (0, 1].
 * @returns         the limit in (0, 1] of a client; of one without traffic too.
 */
export function shareLimits(
  traffic: ReadonlyMap<string, number>,
  options: {
    readonly shareMax: number;
    /** All traffic, that of trusted clients included. */
    readonly total: number;
  },
): (client: string) => number {
  const { shareMax, total } = options;
  let [rows, squares] = [0, 0];
  for (const own of traffic.values()) {
    rows += own;
    squares += own ** 2;
  }
  const hasTrusted = total > rows;
  return (client) => {
    const own = traffic.get(client) ?? 0;
    if (own > total / 2) return 1;
    const others = total - own;
    const usual = others === 0 || hasTrusted ? 0 : (squares - own ** 2) / others ** 2;
    return Math.min(1, Math.max(shareMax, usual));
  };
}
