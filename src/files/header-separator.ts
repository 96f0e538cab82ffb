/**
 * Finds what stands between the names of a header. Where the comma is that of decimals, programs
 * write `;` between fields, and some files of tabs are named `.csv`.
 *
 * @param text  that a file of separated values begins with.
 * @returns a comma where its first line has one outside quotes, or none of the others; of these
 *          the one that it has more of.
 */
export function headerSeparator(text: string): ',' | ';' | '\t' {
  const counts = { ',': 0, ';': 0, '\t': 0 };
  let isQuoted = false;
  for (const character of text.replace(/^[\r\n]+/, '')) {
    if (character === '"') isQuoted = !isQuoted;
    if (isQuoted) continue;
    if (character === '\n' || character === '\r') break;
    if (character === ',' || character === ';' || character === '\t') counts[character]++;
  }
  if (counts[','] > 0 || counts[';'] + counts['\t'] === 0) return ',';
  return counts[';'] >= counts['\t'] ? ';' : '\t';
}
