import { Agent, request } from 'node:http';
import type { AnswerJson, BatchAnswerJson } from '../../src/http/api-types.js';

export interface HttpAnswer<T = unknown> {
  readonly status: number;
  readonly body: T;
}

/** How a request ended. `refused`: no connection could be made, so nothing was sent. */
export type Outcome =
  | { readonly kind: 'answered'; readonly answer: HttpAnswer }
  | { readonly kind: 'refused' }
  | { readonly kind: 'broken'; readonly why: string };

export interface HttpClient {
  send(method: string, path: string, body?: unknown): Promise<Outcome>;
  close(): void;
}

/** A gateway that gives no answer in this time, ms, hangs: tests fail of it, and do not wait. */
const answerMsMax = 30_000;

/** A client with one connection, which it keeps and uses again as long as the gateway lets it. */
export function openClient(port: number): HttpClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    send: (method, path, body) =>
      new Promise((resolve) => {
        const bytes = body === undefined ? null : Buffer.from(JSON.stringify(body));
        const headers =
          bytes === null
            ? {}
            : { 'content-type': 'application/json', 'content-length': bytes.byteLength };
        const sent = request(
          { host: '127.0.0.1', port, path, method, agent, headers },
          (response) => {
            const chunks: Buffer[] = [];
            response.on('data', (chunk: Buffer) => chunks.push(chunk));
            response.on('error', (error) => resolve({ kind: 'broken', why: String(error) }));
            response.on('end', () => {
              const text = Buffer.concat(chunks).toString('utf8');
              const answer = { status: response.statusCode!, body: JSON.parse(text) as unknown };
              resolve({ kind: 'answered', answer });
            });
          },
        );
        const late = setTimeout(() => sent.destroy(new Error('No answer.')), answerMsMax);
        sent.on('close', () => clearTimeout(late));
        sent.on('error', (error: NodeJS.ErrnoException) =>
          resolve(
            // Refused, or reset where it waited to be accepted as the port closed.
            error.syscall === 'connect'
              ? { kind: 'refused' }
              : { kind: 'broken', why: `${error.code ?? ''} ${error.message}` },
          ),
        );
        sent.end(bytes);
      }),
    close: () => agent.destroy(),
  };
}

/** Sends one request, and gives the answer whatever its status. */
export async function ask<T>(
  port: number,
  method: string,
  path: string,
  body?: unknown,
): Promise<HttpAnswer<T>> {
  const client = openClient(port);
  const outcome = await client.send(method, path, body);
  client.close();
  if (outcome.kind !== 'answered') throw new Error(`${method} ${path}: ${outcome.kind}`);
  return outcome.answer as HttpAnswer<T>;
}

/** Predicts one image of a task; fails for any other answer than 200. */
export async function predictOne(port: number, task: string, input: unknown): Promise<AnswerJson> {
  const answer = await ask<AnswerJson>(port, 'POST', `/v1/tasks/${task}/predict`, { input });
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  return answer.body;
}

/** Predicts many images in batches of 200. */
export async function predictAll(
  port: number,
  task: string,
  inputs: readonly unknown[],
): Promise<readonly AnswerJson[]> {
  const answers: AnswerJson[] = [];
  for (let first = 0; first < inputs.length; first += 200) {
    const batch = { inputs: inputs.slice(first, first + 200) };
    const answer = await ask<BatchAnswerJson>(port, 'POST', `/v1/tasks/${task}/predict`, batch);
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    answers.push(...answer.body.answers);
  }
  return answers;
}
