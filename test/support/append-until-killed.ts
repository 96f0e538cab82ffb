import { openSqliteCapture } from '../../src/capture/sqlite-capture.js';
import { capturedRow } from './captured-row.js';

/**
 * A process that appends rows until it is killed, and says each id once its append has resolved.
 * Arguments: path of the log, prefix of the ids. Standard output is written at once (a pipe).
 */
const [path, prefix] = process.argv.slice(2) as [string, string];
const capture = await openSqliteCapture({ path, now: () => 0 });

async function appendForEver(writer: number): Promise<never> {
  for (let count = 0; ; count++) {
    const id = `${prefix}-${writer}-${count}`;
    await capture.append([capturedRow({ id, input: new Uint8Array(4 * 784) })]);
    process.stdout.write(`${id}\n`);
  }
}

await Promise.all([0, 1, 2, 3, 4].map(appendForEver));
