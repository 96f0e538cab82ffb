import { sentError, receivedError, type SentError } from '../threads/sent-error.js';

/** What messages go through: one end of the IPC of a forked process. */
export interface MessagePort {
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  onClosed(listener: () => void): void;
}

/** What one end may ask of the other: name -> argument and result. */
export type Calls = Readonly<
  Record<string, { readonly argument: unknown; readonly result: unknown }>
>;

/** Answers one kind of call. `signal` fires when whoever asked does not wait any more. */
export type Handler<Call extends Calls[string]> = (
  argument: Call['argument'],
  signal: AbortSignal,
) => Call['result'] | Promise<Call['result']>;

export type Handlers<Own extends Calls> = { readonly [K in keyof Own]: Handler<Own[K]> };

export interface Channel<Theirs extends Calls> {
  /**
   * Asks the other end.
   *
   * @param signal  tells the other end to stop; the call then ends as that end decides.
   * @throws {CancelledError}  when the other end has gone.
   * @throws                   what its handler threw, of the same class.
   */
  call<K extends keyof Theirs & string>(
    name: K,
    argument: Theirs[K]['argument'],
    signal?: AbortSignal,
  ): Promise<Theirs[K]['result']>;
  /** Tells the other end, which does not answer. A port that is closed is no error. */
  tell<K extends keyof Theirs & string>(name: K, argument: Theirs[K]['argument']): void;
}

type Message =
  | { readonly kind: 'call'; readonly id: number | null; readonly name: string; argument: unknown }
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'result'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly error: SentError };

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Lets two processes call each other.
 *
 * @param handlers  what this end answers.
 * @param gone      the error of calls whose other end has gone.
 */
export function createChannel<Own extends Calls, Theirs extends Calls>(
  port: MessagePort,
  handlers: Handlers<Own>,
  gone: () => Error,
): Channel<Theirs> {
  const waiting = new Map<number, Waiting>();
  const answering = new Map<number, AbortController>();
  let nextId = 0;
  let isClosed = false;

  async function answer(id: number, name: string, argument: unknown): Promise<void> {
    const cancelled = new AbortController();
    answering.set(id, cancelled);
    try {
      const result = await handlers[name]!(argument, cancelled.signal);
      send({ kind: 'result', id, result });
    } catch (error) {
      send({ kind: 'error', id, error: sentError(error) });
    } finally {
      answering.delete(id);
    }
  }
  function send(message: Message): void {
    if (!isClosed) port.send(message);
  }
  function settle(id: number): Waiting | undefined {
    const entry = waiting.get(id);
    waiting.delete(id);
    return entry;
  }

  port.onMessage((received) => {
    const message = received as Message;
    if (message.kind === 'result') settle(message.id)?.resolve(message.result);
    else if (message.kind === 'error') settle(message.id)?.reject(receivedError(message.error));
    else if (message.kind === 'cancel') answering.get(message.id)?.abort();
    else if (message.id !== null) void answer(message.id, message.name, message.argument);
    else void handlers[message.name]!(message.argument, new AbortController().signal);
  });
  port.onClosed(() => {
    isClosed = true;
    for (const { reject } of waiting.values()) reject(gone());
    waiting.clear();
    for (const cancelled of answering.values()) cancelled.abort();
  });

  return {
    call(name, argument, signal) {
      if (isClosed) return Promise.reject(gone());
      const id = nextId++;
      const answered = new Promise<unknown>((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        send({ kind: 'call', id, name, argument });
      });
      if (signal === undefined) return answered;
      const cancel = (): void => send({ kind: 'cancel', id });
      if (signal.aborted) cancel();
      signal.addEventListener('abort', cancel, { once: true });
      return answered.finally(() => signal.removeEventListener('abort', cancel));
    },
    tell: (name, argument) => send({ kind: 'call', id: null, name, argument }),
  };
}
