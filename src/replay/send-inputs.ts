import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { AnswerJson, ProblemJson } from '../http/api-types.js';
import type { InputAsJson } from '../task/input-json.js';

export interface SendOptions {
  /** Where predictions are asked for. */
  readonly url: string;
  /** Bodies of one prediction each. */
  readonly inputs: readonly InputAsJson[];
  /** Who must answer; default: the policy decides. */
  readonly route?: 'teacher';
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
export async function sendInputs(options: SendOptions): Promise<readonly TimedAnswer[]> {
  const { inputs, concurrency } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const answers = new Array<TimedAnswer>(inputs.length);
  let next = 0;
  let done = 0;

  async function sendInTurn(): Promise<void> {
    while (next < inputs.length) {
      const index = next++;
      answers[index] = await ask(options, inputs[index]!, agent);
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

function ask({ url, route }: SendOptions, input: InputAsJson, agent: Agent): Promise<TimedAnswer> {
  const body = Buffer.from(JSON.stringify({ input, route }));
  const headers = { 'content-type': 'application/json', 'content-length': body.byteLength };
  const startedMs = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      text(response)
        .then((body) => {
          const waitedMs = performance.now() - startedMs;
          return { answer: answerFrom(body, response.statusCode), waitedMs };
        })
        .then(resolve, reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** @throws {Error} with the gateway's own words; a reply of something in between may be no JSON. */
function answerFrom(body: string, status: number | undefined): AnswerJson {
  if (status === 200) return JSON.parse(body) as AnswerJson;
  const said = body.startsWith('{') ? (JSON.parse(body) as ProblemJson).detail : body.slice(0, 200);
  throw new Error(`The gateway refused (${String(status)}): ${said}`);
}
