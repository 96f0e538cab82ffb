import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AnswerJson, BatchAnswerJson, TaskJson } from '../../src/http/api-types.js';
import { openRegistry } from '../../src/registry/registry.js';
import type { GatewayProcess } from './gateway-process.js';
import { ask, predictAll, predictOne } from './http-client.js';
import { startLoad } from './load.js';
import { writeSquareBundle } from './square-bundle.js';
import { sureSquare, writeSquaresFile } from './squares-file.js';
import { until } from './until.js';
import { startWorkers } from './workers.js';

export const base = '/v1/tasks/squares';
export interface TwoStudents {
  readonly gateway: GatewayProcess;
  readonly versions: readonly string[];
}

/** Two workers and two students that agree but for how sure they are, both certified. */
export async function startTwo(directory: string): Promise<TwoStudents> {
  // Explored and holdout rows would add evidence, and thresholds would move by themselves.
  const taskFile = writeSquaresFile(join(directory, 'squares'), {
    policy: { holdoutRate: 1e-6, exploreRate: 0 },
  });
  const dataDir = join(directory, 'data');
  mkdirSync(dataDir, { recursive: true });
  const dir = join(dataDir, 'tasks', 'squares', 'students');
  const registry = await openRegistry({ dir, now: () => 1 });
  for (const steepness of [8, 50]) {
    const source = writeSquareBundle(join(directory, `student-${steepness}`), { steepness });
    const rest = { temperature: 1, evaluation: null, isRejected: false };
    const { version } = await registry.add(source, rest);
    await registry.promote(version);
  }
  const versions = registry.list().map(({ version }) => version);
  const gateway = await startWorkers({ dataDir, taskFile });
  const certifying = Array.from({ length: 450 }, (_, mark) => sureSquare(mark));
  await predictAll(gateway.port, 'squares', certifying);
  for (const version of versions) await promote(gateway, version);
  return { gateway, versions };
}

async function promote({ port }: GatewayProcess, version: string): Promise<void> {
  const { status, body } = await ask(port, 'POST', `${base}/promote`, { version });
  assert.equal(status, 200, JSON.stringify(body));
}

/** Version and threshold, as the primary describes itself. */
async function pairNow(port: number): Promise<string> {
  const { student, certificate } = (await ask<TaskJson>(port, 'GET', base)).body;
  assert.ok(certificate.kind === 'certified');
  return `${student!.version} ${certificate.threshold}`;
}
const pairOf = ({ studentVersion, threshold }: AnswerJson): string =>
  `${studentVersion!} ${threshold!}`;

/** One after the other on connections of their own: they reach all workers. */
export async function predictOnBoth(port: number): Promise<readonly AnswerJson[]> {
  const answers: AnswerJson[] = [];
  for (let mark = 0; mark < 4; mark++)
    answers.push(await predictOne(port, 'squares', sureSquare(mark)));
  return answers;
}

/** Promotes back and forth under load; each answer must be of one version, its threshold too. */
export async function changeUnderLoad(
  { gateway, versions }: TwoStudents,
  changes: number,
): Promise<void> {
  const { port } = gateway;
  const pairs = new Set<string>();
  let mark = 0;
  const load = startLoad({
    port,
    task: 'squares',
    clients: 8,
    // As those that have certified them: another mix is watched, and would move the thresholds.
    next: () => ({ inputs: [sureSquare(mark), sureSquare(mark + 1), sureSquare(mark++ + 2)] }),
  });
  await until('it is under load', () => load.answers.length > 50);

  for (let change = 0; change < changes; change++) {
    await promote(gateway, versions[change % 2]!);
    const pair = await pairNow(port);
    pairs.add(pair);
    const after = await predictOnBoth(port);
    assert.deepEqual([...new Set(after.map(pairOf))], [pair], `after change ${change}`);
  }
  await load.stop();
  await gateway.stop();

  assert.deepEqual(load.broken, []);
  assert.deepEqual([...new Set(load.answers.map(({ status }) => status))], [200]);
  assert.equal(pairs.size, 2);
  const seen = load.answers.map(
    ({ body }) => new Set((body as BatchAnswerJson).answers.map(pairOf)),
  );
  for (const own of seen) assert.equal(own.size, 1, `one answer mixes ${[...own].join(', ')}`);
  const strange = new Set(seen.flatMap((own) => [...own]).filter((pair) => !pairs.has(pair)));
  assert.deepEqual([...strange], []);
}
