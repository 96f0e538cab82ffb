import { openPostgresCapture } from '../../src/capture/postgres/postgres-capture.js';
import { openSqliteCapture } from '../../src/capture/sqlite-capture.js';
import { capturedRow } from './captured-row.js';

/**
 * A process that appends rows until it is killed, and says each id once its append has resolved.
 * Arguments: path of the log, or its URL, prefix of the ids. Standard output is written at once (a
 * pipe).
 */
const [place, prefix] = process.argv.slice(2) as [string, string];
const now = (): number => 0;
const capture = place.startsWith('postgresql:')
  ? await openPostgresCapture({ url: place, now, drawKeySha256: 'ab'.repeat(32) })
  : await openSqliteCapture({ path: place, now });

async function appendForEver(writer: number): Promise<never> {
  for (let count = 0; ; count++) {
    const id = `${prefix}-${writer}-${count}`;
    await capture.append([capturedRow({ id, input: new Uint8Array(4 * 784) })]);
    process.stdout.write(`${id}\n`);
  }
}

await Promise.all([0, 1, 2, 3, 4].map(appendForEver));
