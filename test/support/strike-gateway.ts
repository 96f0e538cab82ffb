import assert from 'node:assert/strict';
import type { AnswerJson } from '../../src/http/api-types.js';
import type { StartedGateway } from './gateway-process.js';
import type { Load } from './load.js';
import { until } from './until.js';
import { isAlive, workerPidsOf } from './workers.js';

export interface Strike {
  /** False where the gateway had ended before the blow: it came too late. */
  readonly isHit: boolean;
  /** What its clients have received. */
  readonly answers: readonly AnswerJson[];
}

/**
 * Kills a gateway (SIGKILL), and waits until nothing of it is left. Whatever its clients have
 * received must be an answer.
 *
 * @param moment  ends when the blow is to fall; gives the load that the gateway is then under.
 */
export async function strikeGateway(
  { child, ended }: StartedGateway,
  moment: () => Promise<Load | null>,
): Promise<Strike> {
  const load = await moment();
  const workerPids = workerPidsOf(child.pid!);
  child.kill('SIGKILL');
  const { signal } = await ended;
  await load?.stop();
  await until('its workers have ended', () => !workerPids.some(isAlive));
  const answers = load?.answers ?? [];
  assert.deepEqual(
    [...new Set(answers.map(({ status }) => status))].filter((status) => status !== 200),
    [],
  );
  return { isHit: signal === 'SIGKILL', answers: answers.map(({ body }) => body as AnswerJson) };
}
