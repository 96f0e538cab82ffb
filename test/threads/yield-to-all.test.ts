import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { constants, getPriority } from 'node:os';
import { describe, it } from 'node:test';

const module = new URL('../../src/threads/yield-to-all.js', import.meta.url).href;
const groups = '/proc/self/autogroup';
const skip = existsSync(groups) ? false : `only a Linux with ${groups} groups sessions`;
/** Null for the session of the system's first process, which Linux does not group. */
function niceOfSession(pid: number | string): number | null {
  const nice = /nice (-?\d+)/.exec(readFileSync(`/proc/${pid}/autogroup`, 'utf8'));
  return nice === null ? null : Number(nice[1]);
}

/** Yields in a process that leads a session or does not; tells what the system then says of it. */
async function yielded(
  leadsSession: boolean,
): Promise<{ threads: number[]; session: number | null }> {
  const code = `
    const { yieldToAll } = await import(${JSON.stringify(module)});
    yieldToAll();
    console.log('done');
    setInterval(() => {}, 1000);`;
  const args = ['--input-type=module', '--eval', code];
  const child = spawn(process.execPath, args, {
    ...{ detached: leadsSession, stdio: ['ignore', 'pipe', 'inherit'] as const },
  });
  try {
    await once(child.stdout, 'data');
    const threads = readdirSync(`/proc/${child.pid}/task`).map((id) => getPriority(Number(id)));
    return { threads, session: niceOfSession(child.pid!) };
  } finally {
    child.kill('SIGKILL');
  }
}

describe('a process that yields to all', { skip }, () => {
  it('does so with all its threads and, where it is its own, with its session', async () => {
    const { threads, session } = await yielded(true);

    assert.ok(threads.length > 1);
    assert.deepEqual(new Set(threads), new Set([constants.priority.PRIORITY_LOW]));
    assert.equal(session, niceOfSession('self') === null ? 0 : 5);
  });

  it('leaves the session of others as it is', async () => {
    const own = niceOfSession('self');

    const { threads, session } = await yielded(false);

    assert.deepEqual(new Set(threads), new Set([19]));
    assert.deepEqual([session, niceOfSession('self')], [own, own]);
  });
});
