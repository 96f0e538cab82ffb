import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Finds the files of a directory that have a word in them: as it is, or in base64 or hex. */
export function filesWith(word: string, directory: string): readonly string[] {
  const forms = [word, Buffer.from(word).toString('hex'), ...inBase64(word)];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => {
      const bytes = bytesOf(path);
      return forms.some((form) => bytes.includes(form));
    });
}

/** None of a file that has gone since: a process at work has files for a moment. */
function bytesOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

/** Without the ends, wherever the word begins: as bytes are put into JSON. */
const inBase64 = (word: string): readonly string[] =>
  [0, 1, 2].map((shift) => {
    const base64 = Buffer.from(' '.repeat(shift) + word).toString('base64');
    return base64.slice(4, -4);
  });
