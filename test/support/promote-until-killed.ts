import { join } from 'node:path';
import { openRegistry } from '../../src/registry/registry.js';
import { writeFakeBundle } from './fake-bundle.js';

/**
 * A process that adds, promotes and prunes until it is killed, and says each version that it has
 * promoted. Arguments: the registry's directory, a directory for sources.
 */
const [dir, sources] = process.argv.slice(2) as [string, string];
const registry = await openRegistry({ dir, now: Date.now });
const options = { temperature: 1, evaluation: null, isRejected: false };

for (let round = 0; ; round++) {
  const source = writeFakeBundle(join(sources, 'next'), `${process.pid} ${round}`.repeat(5000));
  const { version } = await registry.add(source, options);
  await registry.promote(version);
  process.stdout.write(`${version}\n`);
  await registry.prune(2);
}
