/**
 * The data of server-sent events, one after the other. `EventSource` would read them by itself, but
 * sends no headers, and so no key.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html; each of ours has one line
 *      of data.
 */
export async function* eventsIn(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += decoder.decode(value, { stream: true });
    const events = text.split('\n\n');
    text = events.pop()!;
    for (const event of events) {
      const data = /^data: (.*)$/m.exec(event)?.[1];
      if (data !== undefined) yield data;
    }
  }
}
