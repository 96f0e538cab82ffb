import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a directory and those above it that are missing. Node's own `recursive: true` never ends
 * where nothing can be made, as in /proc: it takes the answer "no such directory" for a missing
 * parent, again and again (seen with Node 20).
 *
 * @throws {Error} of the file system, when it can not be made or is a file.
 */
export async function makeDirectory(path: string): Promise<void> {
  const isThere = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isThere) return;
  const parent = dirname(path);
  if (parent !== path) await makeDirectory(parent);
  await mkdir(path).catch(async (cause: unknown) => {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'EEXIST' || !(await stat(path)).isDirectory()) throw cause;
  });
}
