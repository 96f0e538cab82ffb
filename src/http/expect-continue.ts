import type { IncomingMessage, ServerResponse } from 'node:http';

/** Requests whose sender waits for a word before the body, and how to give it. */
const waiting = new WeakMap<IncomingMessage, () => void>();

/**
 * Remembers that the sender of a request waits for "100 Continue". What its head is refused for is
 * then said instead of that word, and node:http closes the connection.
 *
 * @see RFC 9110, "HTTP Semantics", section 10.1.1
 */
export function awaitContinue(request: IncomingMessage, response: ServerResponse): void {
  waiting.set(request, () => response.writeContinue());
}

/** Asks for the body, where its sender waits for that. */
export function sendContinue(request: IncomingMessage): void {
  waiting.get(request)?.();
  waiting.delete(request);
}
