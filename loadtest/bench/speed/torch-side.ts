import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { studentLoss } from '../../../src/distillation/student-loss.js';
import { repositoryRoot } from '../../../src/files/repository-root.js';
import { learningRate, weightDecay, type SpeedCase } from './speed-case.js';

/** Debian's: where python3-torch is found. */
const python = '/usr/bin/python3';

const script = join(repositoryRoot(), 'loadtest', 'bench', 'speed', 'torch-speed.py');
/** OpenBLAS has threads of its own. */
const oneThread = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' };
const slowBlasStatus = 3;

/** What is missing to measure PyTorch at its usual speed, or null. */
export function missingTorch(): string | null {
  const { status } = spawnSync(python, [script, '--check'], { stdio: 'ignore' });
  if (status === 0) return null;
  return status === slowBlasStatus
    ? 'PyTorch multiplies by the reference BLAS here, ten times slower than it is elsewhere: ' +
        'apt-get install libopenblas0-pthread.'
    : `${python} has no PyTorch: apt-get install python3-torch libopenblas0-pthread.`;
}

export interface Steps {
  readonly ms: number;
  /** Of the last step. */
  readonly loss: number;
}

/** A trainer that goes on, so many steps at a time. */
export interface Side {
  steps(count: number): Promise<Steps>;
  close(): Promise<void>;
}

/**
 * Starts PyTorch on a case, its files in `dir`, which must exist.
 *
 * @param foreach  AdamW that takes all weights at once.
 */
export async function openTorch(dir: string, work: SpeedCase, foreach: boolean): Promise<Side> {
  const write = async (name: string, data: Float32Array | BigInt64Array): Promise<string> => {
    const path = join(dir, `${work.network['kind'] as string}-${name}`);
    await writeFile(path, data);
    return path;
  };
  const parts = work.parts.map(async ({ columns, data }, index) => ({
    file: await write(`part-${index}`, data),
    ...{ columns, type: data instanceof Float32Array ? 'float32' : 'int64' },
  }));
  const spec = {
    ...{ ...work.network, weights: work.weights, batchRows: work.batchRows, foreach },
    ...{ learningRate, weightDecay, ...studentLoss },
    theta: await write('theta', work.theta),
    parts: await Promise.all(parts),
  };
  const specPath = join(dir, `${work.network['kind'] as string}-${foreach}.json`);
  await writeFile(specPath, JSON.stringify(spec));
  return startTorch(specPath);
}

function startTorch(specPath: string): Side {
  const child = spawn(python, [script, specPath], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...oneThread },
  });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const answers: AsyncIterator<string, undefined> = lines[Symbol.asyncIterator]();
  return {
    async steps(count) {
      child.stdin.write(`${count}\n`);
      const { value } = await answers.next();
      if (value === undefined) throw new Error('PyTorch ended before it was asked to.');
      return JSON.parse(value) as Steps;
    },
    async close() {
      child.stdin.end();
      await exited;
    },
  };
}
