const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Files of Parquet need not say that their bytes are texts. @returns null for other bytes. */
export function textOfBytes(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
}
