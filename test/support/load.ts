import { openClient, type HttpAnswer, type HttpClient } from './http-client.js';

export interface Load {
  /** Answers of all clients, as they came. */
  readonly answers: readonly HttpAnswer[];
  /** Requests that were sent and had no answer, with why. */
  readonly broken: readonly string[];
  /** Requests that found nobody to talk to. */
  readonly refused: () => number;
  readonly sent: () => number;
  /** Lets every client end after its present request. */
  stop(): Promise<void>;
}

/**
 * Keeps clients busy: each has one connection and sends its next request as soon as the last one
 * has been answered. A client ends when it is stopped, or when nobody listens any more.
 *
 * @param next  body of the next prediction.
 */
export function startLoad(options: {
  readonly port: number;
  readonly task: string;
  readonly clients: number;
  readonly next: () => unknown;
}): Load {
  const answers: HttpAnswer[] = [];
  const broken: string[] = [];
  let sent = 0;
  let refused = 0;
  let isStopped = false;

  /** @returns whether there was an answer. */
  async function sendOne(client: HttpClient): Promise<boolean> {
    if (isStopped) return false;
    sent++;
    const path = `/v1/tasks/${options.task}/predict`;
    const outcome = await client.send('POST', path, options.next());
    if (outcome.kind === 'answered') answers.push(outcome.answer);
    if (outcome.kind === 'broken') broken.push(outcome.why);
    if (outcome.kind === 'refused') refused++;
    return outcome.kind === 'answered';
  }

  // One connects after the other: at once, the quicker of two processes on a port had more of them.
  let connected: Promise<unknown> = Promise.resolve();
  async function work(): Promise<void> {
    const client = openClient(options.port);
    const first = connected.then(() => sendOne(client));
    connected = first;
    let isAnswered = await first;
    while (isAnswered) isAnswered = await sendOne(client);
    client.close();
  }
  const working = Array.from({ length: options.clients }, work);

  return {
    answers,
    broken,
    refused: () => refused,
    sent: () => sent,
    async stop() {
      isStopped = true;
      await Promise.all(working);
    },
  };
}
