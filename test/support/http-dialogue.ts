import assert from 'node:assert/strict';
import { openRaw, parseAnswer } from './raw-http.js';
import { until } from './until.js';

/** One answer of a server. */
export interface Heard {
  readonly status: number;
  readonly isLast: boolean;
  /** All of it but what differs from run to run. */
  readonly text: string;
}

/** Every answer on a connection. */
export function answersIn(text: string): readonly Heard[] {
  const answers = text.split(/(?=HTTP\/1\.1 \d)/).filter((answer) => answer !== '');
  return answers.map((answer) => {
    const { status, headers, body } = parseAnswer(answer);
    const { date = '', connection, 'keep-alive': keepAlive, ...same } = headers;
    const isLast = connection === 'close';
    if (status === 200) assert.ok(Math.abs(Date.parse(date) - Date.now()) < 9000, date);
    assert.equal(keepAlive === undefined, isLast || status === 100);
    const sorted = Object.entries(same).sort(([a], [b]) => (a < b ? -1 : 1));
    return { status, isLast, text: JSON.stringify([status, sorted, body]) };
  });
}

export async function talk(port: number, parts: readonly string[]): Promise<readonly Heard[]> {
  const raw = openRaw(port);
  raw.socket.setNoDelay(true);
  for (const part of parts) {
    raw.socket.write(part, 'latin1');
    await new Promise(setImmediate);
  }
  await raw.closed;
  return answersIn(raw.received());
}

/** Requests one after the other, each in parts, and each when the one before has been answered. */
export async function ask(
  port: number,
  requests: readonly (string | readonly string[])[],
): Promise<readonly Heard[]> {
  const raw = openRaw(port);
  raw.socket.setNoDelay(true);
  const finals = (): readonly Heard[] =>
    answersIn(raw.received()).filter(({ status }) => status !== 100);
  for (const [index, request] of requests.entries()) {
    for (const part of [request].flat()) {
      raw.socket.write(part, 'latin1');
      await new Promise(setImmediate);
    }
    await until('there is an answer', () => finals().length > index);
    if (finals()[index]!.isLast) break;
  }
  raw.socket.destroy();
  return answersIn(raw.received());
}
