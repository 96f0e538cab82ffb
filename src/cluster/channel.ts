import { OverloadedError } from '../errors.js';
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
   * @throws {OverloadedError}  when too many calls wait for an answer already.
   * @throws                    what `gone` makes, when the other end has gone.
   * @throws                    what its handler threw, of the same class.
   */
  call<K extends keyof Theirs & string>(
    name: K,
    argument: Theirs[K]['argument'],
    signal?: AbortSignal,
  ): Promise<Theirs[K]['result']>;
  /**
   * Tells the other end, which does not answer: only what is rare, as nothing bounds it. A handler
   * there that fails is a bug, and ends its process. A port that is closed is no error.
   */
  tell<K extends keyof Theirs & string>(name: K, argument: Theirs[K]['argument']): void;
  /** Too many calls wait for an answer: another one would be refused. */
  isFull(): boolean;
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

/** Calls that wait for an answer: what an end that does not read any more may cost in memory. */
export const callsMax = 8192;

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
  let nextId = 0;
  let isClosed = false;

  function send(message: Message): void {
    if (!isClosed) port.send(message);
  }
  const answering = createAnswering(handlers, send);
  const isFull = (): boolean => waiting.size >= callsMax;
  function settle(id: number): Waiting | undefined {
    const entry = waiting.get(id);
    waiting.delete(id);
    return entry;
  }
  function ask(name: string, argument: unknown, id: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      try {
        send({ kind: 'call', id, name, argument });
      } catch (error) {
        settle(id)?.reject(error as Error); // It can not be copied: a bug of whoever calls.
      }
    });
  }

  port.onMessage((received) => {
    const message = received as Message;
    if (message.kind === 'result') settle(message.id)?.resolve(message.result);
    else if (message.kind === 'error') settle(message.id)?.reject(receivedError(message.error));
    else if (message.kind === 'cancel') answering.cancel(message.id);
    else if (message.id !== null) void answering.answer({ ...message, id: message.id });
    else void handlers[message.name]!(message.argument, new AbortController().signal);
  });
  port.onClosed(() => {
    isClosed = true;
    for (const { reject } of waiting.values()) reject(gone());
    waiting.clear();
    answering.cancelAll();
  });

  return {
    call(name, argument, signal) {
      if (isClosed) return Promise.reject(gone());
      if (isFull()) return Promise.reject(tooMany());
      const id = nextId++;
      const answered = ask(name, argument, id);
      if (signal === undefined) return answered;
      const cancel = (): void => send({ kind: 'cancel', id });
      if (signal.aborted) cancel();
      signal.addEventListener('abort', cancel, { once: true });
      return answered.finally(() => signal.removeEventListener('abort', cancel));
    },
    tell: (name, argument) => send({ kind: 'call', id: null, name, argument }),
    isFull,
  };
}

const tooMany = (): OverloadedError =>
  new OverloadedError(`${callsMax} calls wait for another process; try again in 1 s.`, 1);

/** The calls of the other end that are being answered. */
function createAnswering<Own extends Calls>(
  handlers: Handlers<Own>,
  send: (message: Message) => void,
) {
  const cancels = new Map<number, AbortController>();

  return {
    async answer({
      id,
      name,
      argument,
    }: {
      readonly id: number;
      readonly name: string;
      readonly argument: unknown;
    }): Promise<void> {
      const cancelled = new AbortController();
      cancels.set(id, cancelled);
      try {
        const result = await handlers[name]!(argument, cancelled.signal);
        send({ kind: 'result', id, result });
      } catch (error) {
        send({ kind: 'error', id, error: sentError(error) });
      } finally {
        cancels.delete(id);
      }
    },
    cancel: (id: number): void => cancels.get(id)?.abort(),
    cancelAll() {
      for (const cancelled of cancels.values()) cancelled.abort();
    },
  };
}
