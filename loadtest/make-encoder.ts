import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { repositoryRoot } from '../src/files/repository-root.js';
import { writeEncoderBundle, writeIntentsTask } from './encoder/encoder-bundle.js';
import { largeEncoder, smallEncoder } from './encoder/encoder-graph.js';

/*
 * Makes a text classifier of MiniLM's size with random weights (`--small`: its smaller sibling),
 * and a task file that serves it: it is its own teacher.
 * `node dist/loadtest/make-encoder.js [--small] [--seed N] [directory]`
 */

const { values, positionals } = parseArgs({
  options: { small: { type: 'boolean', default: false }, seed: { type: 'string', default: '1' } },
  allowPositionals: true,
});
const size = values.small ? smallEncoder : largeEncoder;
const name = `encoder-${size.layers}x${size.width}`;
const dir = resolve(positionals[0] ?? join(repositoryRoot(), '.bench', name));
await writeEncoderBundle(dir, { ...size, seed: Number(values.seed) });
const task = await writeIntentsTask(dir, { student: dir, teacher: dir });
console.log(`${dir} has the model, ${task} serves it.`);
