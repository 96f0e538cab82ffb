/** What a request is made of, where it differs from `POST` of JSON. */
export interface RequestOptions {
  readonly method?: 'GET' | 'POST';
}

/** The whole request as bytes, made once and sent many times. */
export function requestBytesOf(
  url: string,
  body: Uint8Array,
  { method = 'POST' }: RequestOptions = {},
): Buffer {
  const { host, pathname, search } = new URL(url);
  const head = [
    `${method} ${pathname}${search} HTTP/1.1`,
    `host: ${host}`,
    ...(method === 'GET'
      ? []
      : ['content-type: application/json', `content-length: ${body.byteLength}`]),
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), body]);
}
