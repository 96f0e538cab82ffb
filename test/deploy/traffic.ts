import assert from 'node:assert/strict';
import { sendInputs } from '../../src/replay/send-inputs.js';
import type { RunJson, SamplesJson } from '../../src/http/api-types.js';
import { poll } from './poll.js';

/** Callers of the built-in task. */
export interface Traffic {
  /** Sends so many digits that were not sent before, one a request. */
  send(rows: number): Promise<void>;
  /** Makes a distillation run and gives its end. */
  distil(): Promise<RunJson>;
  /**
   * Goes on until `stop`: digits that nobody has chosen a route for, some for the student and some
   * for the teacher alone, and a caller that does everything wrong.
   */
  keepUp(): void;
  stop(): Promise<void>;
}

const concurrency = 4;
const rowsAtOnce = 20;

export async function digitsTraffic(url: string): Promise<Traffic> {
  const base = `${url}/v1/tasks/digits`;
  const inputs: string[] = [];
  for (;;) {
    const page = await getJson<SamplesJson>(`${base}/samples?offset=${inputs.length}&limit=1000`);
    inputs.push(...page.samples.map(({ input }) => input as string));
    if (page.samples.length === 0 || inputs.length >= page.total) break;
  }
  let sent = 0;
  let isStopping = false;
  let going: Promise<void> = Promise.resolve();

  async function send(rows: number): Promise<void> {
    const some = Array.from({ length: rows }, () => inputs[sent++ % inputs.length]!);
    await sendInputs({ url: `${base}/predict`, inputs: some, concurrency, onAnswer: () => {} });
  }
  async function ask(body: object): Promise<number> {
    const headers = { 'content-type': 'application/json' };
    const options = { method: 'POST', headers, body: JSON.stringify(body) };
    const response = await fetch(`${base}/predict`, options);
    await response.arrayBuffer();
    return response.status;
  }
  async function goOn(): Promise<void> {
    while (!isStopping) {
      await send(rowsAtOnce);
      for (const route of ['student', 'teacher']) await ask({ input: inputs[0]!, route });
      assert.equal(await ask({ input: 'not an image' }), 400);
    }
  }

  return {
    send,
    async distil() {
      const response = await fetch(`${base}/distillations`, { method: 'POST' });
      assert.equal(response.status, 202);
      const { id } = (await response.json()) as RunJson;
      return poll('the run has ended', 240_000, async () => {
        const run = await getJson<RunJson>(`${base}/distillations/${id}`);
        return run.state === 'running' ? null : run;
      });
    },
    keepUp: () => void (going = goOn()),
    async stop() {
      isStopping = true;
      await going;
    },
  };
}

async function getJson<T>(url: string): Promise<T> {
  const response = await fetch(url);
  assert.equal(response.status, 200, url);
  return (await response.json()) as T;
}
