import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

/** Holds requests back for a moment: they are taken in, and begin when it is released. */
export interface RequestGate {
  readonly listener: RequestListener;
  isHeld(): boolean;
  hold(): void;
  release(): void;
}

export function createRequestGate(handler: RequestListener): RequestGate {
  let held: [IncomingMessage, ServerResponse][] | null = null;
  return {
    listener(request, response) {
      if (held === null) handler(request, response);
      else held.push([request, response]);
    },
    isHeld: () => held !== null,
    hold() {
      held ??= [];
    },
    release() {
      const waiting = held ?? [];
      held = null;
      for (const [request, response] of waiting)
        if (!response.destroyed) handler(request, response); // Else its client has hung up.
    },
  };
}
