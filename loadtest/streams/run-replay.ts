import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { programFile } from '../../src/files/repository-root.js';
import type { Routing } from '../../src/replay/baselines.js';
import type { ReplayedRow, ReplayEvent } from '../../src/replay/replayed-row.js';
import type { WindowReport } from '../../src/replay/windows.js';

/** What `understudy replay` has saved of one seed. */
export interface SavedReplay {
  readonly seed: number;
  readonly riskMax: number;
  readonly byWindow: readonly WindowReport[];
  readonly total: WindowReport;
  readonly routings: readonly Omit<Routing, 'isByStudent'>[];
  readonly events: readonly ReplayEvent[];
  readonly rows: readonly ReplayedRow[];
}

/**
 * Runs `understudy replay`, as a user would, and reads what it saved.
 *
 * @param args  what follows `understudy replay`.
 * @throws {Error} when the command fails.
 */
export async function runReplay(
  args: readonly string[],
  { out, seed }: { readonly out: string; readonly seed: number },
): Promise<SavedReplay> {
  const command = [programFile(), 'replay', ...args, '--seed', String(seed), '--out', out];
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`understudy replay ended with ${String(code)}.`);
  const read = (name: string): string => readFileSync(join(out, `seed-${seed}${name}`), 'utf8');
  const rows = read('-rows.jsonl').trimEnd().split('\n');
  return {
    ...(JSON.parse(read('.json')) as Omit<SavedReplay, 'rows' | 'seed'>),
    seed,
    rows: rows.map((line) => JSON.parse(line) as ReplayedRow),
  };
}
