import { setTimeout as sleep } from 'node:timers/promises';
import type { RunJson, TaskJson } from '../../src/http/api-types.js';
import { batchBodies } from './digits-bodies.js';
import type { BenchGateway } from './gateway.js';

/**
 * Sends the stream until the student may answer: rows for the teacher, a distillation, rows again.
 *
 * @returns true when a threshold is certified.
 */
export async function certifyDigits(
  gateway: BenchGateway,
  images: readonly Uint8Array[],
): Promise<boolean> {
  const parts = 3;
  const rows = Math.floor(images.length / parts);
  for (let part = 0; part < parts; part++) {
    for (const body of batchBodies(images.slice(part * rows, (part + 1) * rows), { rows: 100 }))
      await gateway.post('/v1/tasks/digits/predict', JSON.parse(body.toString()));
    await untilSettled(gateway);
    if ((await taskOf(gateway)).certificate.kind === 'certified') return true;
    await distil(gateway);
  }
  return (await taskOf(gateway)).certificate.kind === 'certified';
}

const taskOf = (gateway: BenchGateway): Promise<TaskJson> => gateway.get('/v1/tasks/digits');

/** Resolves when the teacher has labelled all that it was asked to. */
export async function untilSettled(gateway: BenchGateway): Promise<void> {
  while ((await taskOf(gateway)).rows.pending > 0) await sleep(50);
}

async function distil(gateway: BenchGateway): Promise<void> {
  const path = '/v1/tasks/digits/distillations';
  const running = (await gateway.get<{ runs: RunJson[] }>(path)).runs.find(isRunning);
  const { id } = running ?? (await gateway.post<RunJson>(path, {}));
  while (isRunning(await gateway.get<RunJson>(`${path}/${id}`))) await sleep(100);
}

const isRunning = ({ state }: RunJson): boolean => state === 'running';
