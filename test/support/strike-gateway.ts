import assert from 'node:assert/strict';
import type { AnswerJson } from '../../src/http/api-types.js';
import { join } from 'node:path';
import { startGateway, type GatewayProcess, type StartedGateway } from './gateway-process.js';
import { startLoad, type Load } from './load.js';
import { unsureSquare, writeSquaresFile } from './squares-file.js';
import { until } from './until.js';
import { isAlive, workerPidsOf, workersOf2 } from './workers.js';

const clients = 16;

/**
 * A gateway of the squares task to be killed: its teacher answers all, whatever is certified; a
 * third is holdout, the rest may be learnt.
 */
export function gatewayToStrike(directory: string) {
  const dataDir = join(directory, 'data');
  const taskFile = writeSquaresFile(join(directory, 'squares'), {
    policy: { mode: 'shadow', holdoutRate: 0.3, coldHoldoutRate: 0.3 },
  });
  let mark = 0;
  return {
    dataDir,
    start: (workers: 1 | 2, env: Readonly<Record<string, string>> = {}): StartedGateway =>
      startGateway({ dataDir, taskFile, env: { ...env, ...(workers === 2 ? workersOf2 : {}) } }),
    /** No two of its inputs are the same. */
    loadOn: ({ port }: GatewayProcess): Load =>
      startLoad({ port, task: 'squares', clients, next: () => ({ input: unsureSquare(mark++) }) }),
  };
}

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
