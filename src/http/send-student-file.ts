import { resolve as resolvePath } from 'node:path';
import type { Response } from 'express';

const yearSeconds = 31_536_000;

/**
 * Sends a file of a version, which never changes. Keys may guard it: no shared cache keeps it.
 *
 * @param path  may be relative, as the data directory is by default.
 */
export function sendStudentFile(response: Response, path: string): Promise<void> {
  response.set('cache-control', `private, max-age=${yearSeconds}, immutable`);
  if (!path.endsWith('.json')) response.type('application/octet-stream');
  return new Promise((resolve, reject) => {
    const absolute = resolvePath(path);
    response.sendFile(absolute, { cacheControl: false, dotfiles: 'allow' }, (error?: Error) => {
      // Who has hung up gets nothing, and nobody waits for it.
      if (error === undefined || response.headersSent) resolve();
      else reject(error);
    });
  });
}
