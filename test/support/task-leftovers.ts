import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSnapshot } from '../../src/distillation/dataset.js';
import type { RunJson } from '../../src/http/api-types.js';
import { readPointer } from '../../src/registry/pointer.js';
import { verifyBundle } from '../../src/registry/read-bundle.js';

/**
 * Looks through the directory of a task in which no run is going on.
 *
 * @returns what should not be there, or is not whole; empty when all is well.
 */
export async function leftoversIn(taskDir: string): Promise<readonly string[]> {
  return [
    ...(await leftoversOfRegistry(join(taskDir, 'students'))),
    ...(await leftoversOfRuns(join(taskDir, 'runs'))),
  ];
}

async function leftoversOfRegistry(dir: string): Promise<string[]> {
  const { serving, previous, versions } = (await readPointer(dir))!;
  const found: string[] = [];
  for (const name of readdirSync(dir)) {
    if (name === 'registry.json') continue;
    if (!Object.hasOwn(versions, name)) found.push(`students/${name} is not in registry.json`);
    else await verifyBundle(join(dir, name)).catch(addTo(found, name));
  }
  for (const version of [serving, previous])
    if (version !== null && !existsSync(join(dir, version))) found.push(`${version} is missing`);
  return found;
}

async function leftoversOfRuns(dir: string): Promise<string[]> {
  const found: string[] = [];
  for (const run of readdirSync(dir)) {
    const runDir = join(dir, run);
    const names = readdirSync(runDir);
    for (const name of names)
      if (name === 'candidate' || /\.(tmp|incoming)$/.test(name)) found.push(`runs/${run}/${name}`);
    const text = await readFile(join(runDir, 'run.json'), 'utf8');
    const { state } = JSON.parse(text) as RunJson;
    if (state === 'running') found.push(`runs/${run} is said to go on`);
    if (names.includes('snapshot'))
      await readSnapshot(join(runDir, 'snapshot')).catch(addTo(found, run));
  }
  return found;
}

const addTo =
  (found: string[], what: string) =>
  (error: unknown): void =>
    void found.push(`${what}: ${String(error)}`);
