import type { MessagePort } from '../../src/cluster/channel.js';

/** Two ends of a wire: messages arrive in their order, as copies, in a later turn. */
export function joinedPorts(): {
  readonly ends: readonly [MessagePort, MessagePort];
  cut: () => void;
} {
  const listeners: ((message: unknown) => void)[][] = [[], []];
  const onClosed: (() => void)[] = [];
  let isCut = false;
  const endOf = (own: number): MessagePort => ({
    send(message) {
      const copy: unknown = structuredClone(message);
      setImmediate(() => {
        if (!isCut) for (const listener of listeners[1 - own]!) listener(copy);
      });
    },
    onMessage: (listener) => void listeners[own]!.push(listener),
    onClosed: (listener) => void onClosed.push(listener),
  });
  return {
    ends: [endOf(0), endOf(1)],
    cut() {
      isCut = true;
      for (const close of onClosed) close();
    },
  };
}
