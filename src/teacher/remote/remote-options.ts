/** What every teacher behind HTTP is told. */
export interface RemoteOptions {
  readonly name: string;
  /** Price of one row, US dollars, where nothing more exact is known. */
  readonly costPerRowUsd: number;
  /** Longest wait for one call, ms. */
  readonly timeoutMs: number;
  /** Sent with every request. */
  readonly headers: Readonly<Record<string, string>>;
  /** Header that the key goes into; `authorization` gets `Bearer KEY`. */
  readonly apiKeyHeader: string;
  /** Null: none is sent. */
  readonly apiKey: string | null;
  /** Requests under way at once, of one call. */
  readonly requestsMax: number;
  /** Part of the version: another one is another teacher. */
  readonly revision: string | null;
}

/** Headers of every request, the key's among them. */
export function headersOf({
  headers,
  apiKey,
  apiKeyHeader,
}: Pick<RemoteOptions, 'headers' | 'apiKey' | 'apiKeyHeader'>): Readonly<Record<string, string>> {
  if (apiKey === null) return headers;
  const isBearer = apiKeyHeader.toLowerCase() === 'authorization';
  return { ...headers, [apiKeyHeader]: isBearer ? `Bearer ${apiKey}` : apiKey };
}
