import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { mainFile } from '../support/gateway-process.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
const file = join(directory, 'texts.csv');
const lines = Array.from({ length: 5_000 }, (_, k) => `"text, number ${k}",${k % 3}`);
writeFileSync(file, ['text,category', ...lines].join('\n'));

/** A replay that has sent its first rows, and will go on for long. */
async function startReplay(name: string) {
  const tmp = join(directory, name);
  mkdirSync(tmp);
  const args = [mainFile, 'replay', file, '--windows', '5000', '--out', join(directory, 'out')];
  const child = spawn(process.execPath, args, { env: { PATH: process.env['PATH'], TMPDIR: tmp } });
  after(() => child.kill('SIGKILL'));
  const ended = once(child, 'close') as Promise<[number | null]>;
  let output = '';
  await new Promise<void>((resolve, reject) => {
    const heard = (chunk: Buffer): void => {
      output += chunk.toString('utf8');
      if (/100 of 5000 rows/.test(output)) resolve();
    };
    child.stdout.on('data', heard);
    child.stderr.on('data', heard);
    void ended.then(() => reject(new Error(`The replay ended:\n${output}`)));
  });
  const gatewayPid = childOf(child.pid!);
  const left = (): readonly string[] =>
    readdirSync(tmp).filter((entry) => entry.startsWith('understudy-replay-'));
  assert.equal(left().length, 1);
  return { child, ended, gatewayPid, left, output: () => output };
}

function childOf(parent: number): number {
  const processes = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  const pairs = processes.split('\n').map((line) => line.trim().split(/\s+/).map(Number));
  return pairs.find(([, ppid]) => ppid === parent)![0]!;
}

const isThere = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('a replay that is ended early', () => {
  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)
    it(`leaves no texts and no gateway behind: ${signal}`, async () => {
      const { child, ended, gatewayPid, left, output } = await startReplay(signal);

      child.kill(signal);

      assert.deepEqual((await ended)[0], code, output());
      assert.deepEqual(left(), []);
      assert.equal(isThere(gatewayPid), false);
      assert.doesNotMatch(output(), /Error|\n {4}at /);
    });

  it('says so in words where its gateway ends, and leaves nothing behind either', async () => {
    const { ended, gatewayPid, left, output } = await startReplay('gateway');

    process.kill(gatewayPid, 'SIGKILL');

    assert.equal((await ended)[0], 1, output());
    assert.match(output(), /The gateway of this replay ended \(killed\)\. .*--rows/);
    assert.doesNotMatch(output(), /\n {4}at /);
    assert.deepEqual(left(), []);
  });
});
