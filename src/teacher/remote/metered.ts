import { mayBeBilled } from '../call-failure.js';
import type { Meter } from '../teacher.js';

/**
 * Asks a server for rows that have a price, and tells the meter: what it has answered costs that,
 * what it has refused nothing, and what may be on its bill stays there.
 *
 * @param meter  undefined: nobody counts.
 */
export async function metered<T>(
  meter: Meter | undefined,
  { rows, rowUsd }: { readonly rows: number; readonly rowUsd: number },
  ask: () => Promise<T>,
): Promise<T> {
  const usd = rows * rowUsd;
  const close = meter?.open(rows, usd);
  try {
    const answers = await ask();
    close?.(usd);
    return answers;
  } catch (error) {
    if (!mayBeBilled(error)) close?.(null);
    throw error;
  }
}
