/**
 * Reads base64. `Buffer.from` skips what is not base64, so a typo would become another input. A
 * text that is as long as its bytes need has none in it; padding may be left out. (To encode the
 * bytes again and compare takes several times as long.)
 *
 * @returns null for a text that is not base64.
 */
export function bytesOfBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  const chars = Math.ceil((bytes.byteLength * 4) / 3);
  const padding = '='.repeat((4 - (chars % 4)) % 4);
  // Another alphabet, which `Buffer.from` reads all the same.
  const isUrlSafe = text.includes('-') || text.includes('_');
  const isWhole =
    text.length === chars || (text.length === chars + padding.length && text.endsWith(padding));
  return isWhole && !isUrlSafe ? bytes : null;
}
