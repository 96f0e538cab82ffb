import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { repositoryRoot } from '../src/files/repository-root.js';
import { writeEncoderBundle, writeIntentsTask } from './encoder/encoder-bundle.js';
import { largeEncoder, smallEncoder } from './encoder/encoder-graph.js';

const usage = `Makes a text classifier of MiniLM's size with random weights, and a task file that
serves it: it is its own teacher.

node dist/loadtest/make-encoder.js [--small] [--seed N] [directory]

  --small    its smaller sibling
  --seed N   of the weights (default: 1)`;

const options = {
  small: { type: 'boolean', default: false },
  seed: { type: 'string', default: '1' },
  help: { type: 'boolean', default: false },
} as const;

async function make(): Promise<string> {
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  if (values.help) return usage;
  const size = values.small ? smallEncoder : largeEncoder;
  const name = `encoder-${size.layers}x${size.width}`;
  const dir = resolve(positionals[0] ?? join(repositoryRoot(), '.bench', name));
  await writeEncoderBundle(dir, { ...size, seed: Number(values.seed) });
  const task = await writeIntentsTask(dir, { student: dir, teacher: dir });
  return `${dir} has the model, ${task} serves it.`;
}

try {
  console.log(await make());
} catch (error) {
  if (!String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS')) throw error;
  console.error(`${(error as Error).message}\n\n${usage}`);
  process.exitCode = 1;
}
