/**
 * Reads the text of an answer, decompressed as its headers say.
 *
 * @returns null when it has more bytes than that; what follows is not read.
 * @throws  what `fetch` throws when the connection breaks off or the signal fires.
 */
export async function readBounded(response: Response, bytesMax: number): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  if (response.body === null) return '';
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) return null; // Leaving the loop ends the stream.
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks)); // Without a byte order mark.
}
