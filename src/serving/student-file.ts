import { join } from 'node:path';
import { NotFoundError } from '../errors.js';
import type { Registry } from '../registry/registry.js';

/**
 * Finds a file of a version: its manifest, its model, what its preprocessing needs. Recorded
 * answers are not given: they hold inputs of the seed file.
 *
 * @returns its path.
 * @throws {NotFoundError} for an unknown version, and for any other file.
 */
export async function studentFile(
  registry: Pick<Registry, 'read'>,
  { version, file }: { readonly version: string; readonly file: string },
): Promise<string> {
  const { dir, manifest } = await registry.read(version);
  const others = manifest.files.map((one) => one.file);
  const given = ['manifest.json', manifest.model.file, ...others].filter(
    (name) => name !== manifest.recorded,
  );
  if (given.includes(file)) return join(dir, file);
  const message = `${version} gives no file of that name. It gives ${given.join(', ')}.`;
  throw new NotFoundError(message, { version });
}
