import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { quietDigitsTask } from '../../loadtest/bench/quiet-digits.js';
import { repositoryRoot } from '../../src/files/repository-root.js';
import type { BatchAnswerJson } from '../../src/http/api-types.js';
import { openRegistry } from '../../src/registry/registry.js';
import { startGatewayProcess } from '../support/gateway-process.js';
import { ask } from '../support/http-client.js';
import { startLoad } from '../support/load.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
/**
 * The thread that is kept from swap to swap looks for buffers that nobody needs when 64 MB of them
 * have come together: by then memory has its height.
 */
const warmUpSwaps = 140;
const measuredSwaps = 100;
const swapsAPoint = 10;
/**
 * A version that stays in memory takes its model (0.4 MB), a session and a thread with it: several
 * times this. What is left is noise of the heap and of the allocator.
 */
const bytesASwapMax = 150_000;

/**
 * Every collection is a full one. By itself V8 waits for 64 MB of buffers, a hundred model files,
 * before it looks for those that nobody needs any more: that is late, and no leak.
 */
const nodeFlags = ['--gc-global'];

interface Growth {
  /** Resident bytes after each so many swaps. */
  readonly points: readonly number[];
  readonly bytesASwap: number;
}

/** Two versions of the digits student, so that each swap loads another one than the one in use. */
async function addTwoVersions(dataDir: string): Promise<readonly string[]> {
  const dir = join(dataDir, 'tasks', 'digits', 'students');
  const registry = await openRegistry({ dir, now: () => 1 });
  const source = join(repositoryRoot(), 'models', 'digits', 'student');
  const versions: string[] = [];
  for (const temperature of [0.78, 0.79]) {
    const added = await registry.add(source, { temperature, evaluation: null, isRejected: false });
    versions.push(added.version);
  }
  await registry.promote(versions[0]!);
  return versions;
}

async function residentBytes(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)![1]);
}

/** Slope of the line through (0, y0), (1, y1), ... by least squares. */
function slopeOf(values: readonly number[]): number {
  const meanX = (values.length - 1) / 2;
  const meanY = values.reduce((sum, y) => sum + y, 0) / values.length;
  const covariance = values.reduce((sum, y, x) => sum + (x - meanX) * (y - meanY), 0);
  const variance = values.reduce((sum, _, x) => sum + (x - meanX) ** 2, 0);
  return covariance / variance;
}

describe('hundreds of swaps under load', () => {
  it('lose no request, mix no versions in an answer, and take no more memory', async () => {
    const dataDir = join(directory, 'data');
    const versions = await addTwoVersions(dataDir);
    const taskFile = await quietDigitsTask(directory);
    const gateway = await startGatewayProcess({ dataDir, taskFile, nodeFlags });
    // What the teacher labels and the log keeps takes memory by traffic, not by swaps.
    const policy = { exploreRate: 0 };
    const changed = await ask(gateway.port, 'PATCH', '/v1/tasks/digits/policy', policy);
    assert.equal(changed.status, 200);
    const image = Buffer.alloc(784, 128).toString('base64');
    const load = startLoad({
      port: gateway.port,
      task: 'digits',
      clients: 4,
      next: () => ({ inputs: [image, image, image], route: 'student' }),
    });

    let swaps = 0;
    async function swapOnce(): Promise<void> {
      const version = versions[++swaps % 2];
      const { status } = await ask(gateway.port, 'POST', '/v1/tasks/digits/promote', { version });
      assert.equal(status, 200);
    }
    async function growth(): Promise<Growth> {
      const points: number[] = [];
      for (let swap = 1; swap <= measuredSwaps; swap++) {
        await swapOnce();
        if (swap % swapsAPoint === 0) points.push(await residentBytes(gateway.url));
      }
      return { points, bytesASwap: slopeOf(points) / swapsAPoint };
    }
    while (swaps < warmUpSwaps) await swapOnce();
    let grown = await growth();
    // The allocator may take a step once; versions that stay go on taking.
    if (grown.bytesASwap >= bytesASwapMax) grown = await growth();
    await load.stop();
    await gateway.stop();

    assert.deepEqual(load.broken, []);
    assert.equal(load.refused(), 0);
    const seen = new Set<string>();
    for (const { status, body } of load.answers) {
      assert.equal(status, 200);
      const own = new Set((body as BatchAnswerJson).answers.map((answer) => answer.studentVersion));
      assert.equal(own.size, 1, 'one answer has two versions');
      seen.add([...own][0]!);
    }
    assert.deepEqual([...seen].sort(), [...versions].sort());
    const { points, bytesASwap } = grown;
    const shown = points.map((bytes) => Math.round(bytes / 1e6)).join(' ');
    assert.ok(bytesASwap < bytesASwapMax, `${Math.round(bytesASwap)} bytes a swap: ${shown} MB`);
  });
});
