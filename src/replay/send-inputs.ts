import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AnswerJson, ProblemJson } from '../http/api-types.js';
import type { InputAsJson } from '../task/input-json.js';
import { ReplayFailedError } from './replay-failed-error.js';

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
 * Sends inputs over HTTP, one a request, a few at a time. A gateway that is busy (503 with
 * Retry-After) is asked again when it says so, for a minute in all.
 *
 * @returns one answer for each input, in order.
 * @throws {ReplayFailedError} with the gateway's own words when a request is refused.
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
      answers[index] = await askPatiently(options, inputs[index]!, agent);
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

/** How long a gateway may be busy, ms. */
const busyMsMax = 60_000;

async function askPatiently(
  options: SendOptions,
  input: InputAsJson,
  agent: Agent,
): Promise<TimedAnswer> {
  for (let busyMs = 0; ;) {
    const asked = await ask(options, input, agent);
    if (asked === null) continue;
    const { reply, waitedMs } = asked;
    if (reply.retryAfterMs === null || busyMs >= busyMsMax)
      return { answer: answerFrom(reply), waitedMs };
    await sleep(reply.retryAfterMs);
    busyMs += reply.retryAfterMs;
  }
}

interface Reply {
  readonly status: number | undefined;
  readonly body: string;
  /** Null unless the gateway is busy and says until when. */
  readonly retryAfterMs: number | null;
}

/** Null where an idle connection was closed as it was used again: nothing was asked, then. */
function ask(
  { url, route }: SendOptions,
  input: InputAsJson,
  agent: Agent,
): Promise<{ readonly reply: Reply; readonly waitedMs: number } | null> {
  const body = Buffer.from(JSON.stringify({ input, route }));
  const headers = { 'content-type': 'application/json', 'content-length': body.byteLength };
  const startedMs = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      const { statusCode: status } = response;
      const seconds = Number(response.headers['retry-after']);
      const retryAfterMs =
        status === 503 && seconds > 0 ? Math.min(seconds * 1000, busyMsMax) : null;
      text(response).then((body) => {
        const waitedMs = performance.now() - startedMs;
        resolve({ reply: { status, body, retryAfterMs }, waitedMs });
      }, reject);
    });
    sent.on('error', (error: NodeJS.ErrnoException) => {
      if (sent.reusedSocket && error.code === 'ECONNRESET') resolve(null);
      else reject(error);
    });
    sent.end(body);
  });
}

/**
 * @throws {ReplayFailedError} with the gateway's own words; a reply of something in between may be
 *         no JSON.
 */
function answerFrom({ body, status }: Reply): AnswerJson {
  if (status === 200) return JSON.parse(body) as AnswerJson;
  const said = body.startsWith('{') ? (JSON.parse(body) as ProblemJson).detail : body.slice(0, 200);
  throw new ReplayFailedError(`The gateway refused (${String(status)}): ${said}`);
}
