import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { freePort } from '../deploy/free-port.js';
import { poll } from '../deploy/poll.js';
import { skipUnless } from './skip-without.js';

export interface PostgresServer {
  /** Of the database that every server has; nobody is asked for a password. */
  readonly url: string;
  readonly pid: number;
  /** Kills all its processes at once, as a crash does. */
  kill(): Promise<void>;
  /** Starts it again where it was, on the same port. */
  startAgain(): Promise<void>;
  /** Stops it, and removes what it has written. */
  stop(): Promise<void>;
}

const versionsDir = '/usr/lib/postgresql';

/** @returns the directory of the newest server's programs, or null. */
export function findPostgres(): string | null {
  const versions = existsSync(versionsDir) ? readdirSync(versionsDir).map(Number) : [];
  const dir = join(versionsDir, String(Math.max(0, ...versions)), 'bin');
  return existsSync(join(dir, 'initdb')) ? dir : null;
}

/** Why tests that need a server are skipped, or false. */
export const skipWithoutPostgres = (): string | false =>
  skipUnless(findPostgres() !== null, {
    ...{ what: 'postgresql', hint: 'install it (Debian: apt-get install postgresql)' },
  });

/**
 * Starts a server of its own on a free port of this machine.
 *
 * @param options  isDurable: commits wait for the disk (default: no, which is faster); settings:
 *                 more of them.
 */
export async function startPostgres(
  options: {
    readonly isDurable?: boolean;
    readonly settings?: Readonly<Record<string, string>>;
  } = {},
): Promise<PostgresServer> {
  const { isDurable = false, settings = {} } = options;
  const found = findPostgres();
  if (found === null) throw new Error('PostgreSQL is not installed.');
  const programs = found;
  const dir = await mkdtemp(join(tmpdir(), 'understudy-postgres-'));
  const owner = ownerOf(); // It does not run as root.
  await chown(dir, owner.uid, owner.gid);
  const data = join(dir, 'data');
  const initdb = ['-D', data, '-A', 'trust', '-U', 'understudy', '-E', 'UTF8', '--locale=C'];
  execFileSync(join(programs, 'initdb'), [...initdb, '--no-sync'], { ...owner, stdio: 'ignore' });
  const port = await freePort();
  const url = `postgresql://understudy@127.0.0.1:${port}/postgres`;
  const given = { fsync: isDurable ? 'on' : 'off', max_connections: '400', ...settings };
  const flags = Object.entries(given).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
  const places = ['-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', dir];

  async function start() {
    const child = spawn(join(programs, 'postgres'), [...places, ...flags], {
      ...{ ...owner, cwd: dir, stdio: 'ignore' as const },
    });
    const exited = once(child, 'exit');
    process.once('exit', () => child.kill('SIGKILL'));
    await poll('PostgreSQL is ready', 30_000, async () => {
      if (child.exitCode !== null) throw new Error(`PostgreSQL ended with ${child.exitCode}.`);
      return isReady(url);
    });
    return { child, exited };
  }
  let running = await start();
  async function endWith(signal: NodeJS.Signals): Promise<void> {
    running.child.kill(signal);
    await running.exited;
  }

  return {
    url,
    get pid() {
      return running.child.pid!;
    },
    kill: () => endWith('SIGKILL'),
    async startAgain() {
      running = await start();
    },
    async stop() {
      await endWith('SIGINT'); // A fast shutdown: connections are cut.
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function ownerOf(): { readonly uid: number; readonly gid: number } {
  if (process.getuid!() !== 0) return { uid: process.getuid!(), gid: process.getgid!() };
  const idOf = (which: '-u' | '-g'): number =>
    Number(execFileSync('id', [which, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

async function isReady(url: string): Promise<true | null> {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return null;
  }
}
