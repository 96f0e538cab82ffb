import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** True where `wrk` is installed (Debian: `apt-get install wrk`). */
export const isWrkThere = (): boolean =>
  spawnSync('wrk', ['--version'], { stdio: 'ignore' }).error === undefined;

export interface WrkResult {
  readonly perSecond: number;
  /** Answers other than 2xx and 3xx, and errors of sockets. */
  readonly failures: number;
}

/**
 * Measures a server's throughput with wrk, a closed loop in C: the second opinion about ours.
 *
 * @param options  body: a JSON text without `]]`, sent by POST each time.
 * @see https://github.com/wg/wrk
 */
export async function runWrk(options: {
  readonly url: string;
  readonly body: string;
  readonly connections: number;
  readonly seconds: number;
}): Promise<WrkResult> {
  const { url, body, connections, seconds } = options;
  const dir = await mkdtemp(join(tmpdir(), 'understudy-wrk-'));
  try {
    const script = join(dir, 'post.lua');
    await writeFile(
      script,
      `wrk.method = "POST"\nwrk.body = [[${body}]]\n` +
        'wrk.headers["content-type"] = "application/json"\n',
    );
    const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', script, url];
    const { stdout } = await promisify(execFile)('wrk', args);
    return parseWrk(stdout);
  } finally {
    await rm(dir, { recursive: true });
  }
}

/** Reads what wrk prints. @throws {Error} when it has no throughput. */
export function parseWrk(text: string): WrkResult {
  const numberAfter = (pattern: RegExp): number | null => {
    const found = pattern.exec(text)?.[1];
    return found === undefined ? null : Number(found);
  };
  const perSecond = numberAfter(/^Requests\/sec:\s+([\d.]+)$/m);
  if (perSecond === null) throw new Error(`wrk printed no throughput: ${text.slice(0, 200)}`);
  const refused = numberAfter(/^\s*Non-2xx or 3xx responses: (\d+)$/m) ?? 0;
  const broken = /^\s*Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)$/m.exec(
    text,
  );
  const brokenCount = (broken?.slice(1) ?? []).reduce((sum, count) => sum + Number(count), 0);
  return { perSecond, failures: refused + brokenCount };
}
