import { Agent, request } from 'node:http';
import type { AnswerJson, ProblemJson } from '../http/api-types.js';

export interface ReplayOptions {
  /** Where predictions are asked for. */
  readonly url: string;
  /** Bodies of one prediction each. */
  readonly inputs: readonly string[];
  /** Requests in flight at once. */
  readonly concurrency: number;
  readonly onAnswer: (done: number) => void;
}

/** An answer, and how long its caller waited for it. */
export interface TimedAnswer {
  readonly answer: AnswerJson;
  /** ms from sending to the last byte. */
  readonly waitedMs: number;
}

/**
 * Sends inputs over HTTP, one a request, a few at a time.
 *
 * @returns one answer for each input, in order.
 * @throws {Error} with the gateway's own words when a request is refused.
 */
export async function replay(options: ReplayOptions): Promise<readonly TimedAnswer[]> {
  const { inputs, concurrency } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const answers = new Array<TimedAnswer>(inputs.length);
  let next = 0;
  let done = 0;

  async function sendInTurn(): Promise<void> {
    while (next < inputs.length) {
      const index = next++;
      answers[index] = await ask(options.url, inputs[index]!, agent);
      options.onAnswer(++done);
    }
  }
  try {
    await Promise.all(Array.from({ length: concurrency }, sendInTurn));
  } finally {
    agent.destroy();
  }
  return answers;
}

function ask(url: string, input: string, agent: Agent): Promise<TimedAnswer> {
  const body = Buffer.from(JSON.stringify({ input }));
  const headers = { 'content-type': 'application/json', 'content-length': body.byteLength };
  const startedMs = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const waitedMs = performance.now() - startedMs;
        const json = JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
        if (response.statusCode === 200) resolve({ answer: json as AnswerJson, waitedMs });
        else reject(new Error(`The gateway refused: ${(json as ProblemJson).detail}`));
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
