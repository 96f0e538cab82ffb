/**
 * The header `date`. To write one takes longer than all the rest of a head, and it changes once a
 * second.
 *
 * @param now  ms since the epoch.
 */
export function createDateText(now: () => number): () => string {
  let textSecond = NaN;
  let text = '';
  return () => {
    const second = Math.floor(now() / 1000);
    if (second !== textSecond) {
      textSecond = second;
      text = new Date(second * 1000).toUTCString();
    }
    return text;
  };
}
