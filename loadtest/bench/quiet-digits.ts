import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { repositoryRoot } from '../../src/files/repository-root.js';

type Content = Readonly<Record<string, unknown>>;

/**
 * The digits task without triggers of its own: a distillation that starts in the middle would be
 * measured along with what it interrupts. `distillation` changes more of its settings.
 *
 * @returns the task file, in `dir`.
 */
export async function quietDigitsTask(dir: string, distillation: Content = {}): Promise<string> {
  const home = join(repositoryRoot(), 'models', 'digits');
  const task = parse(await readFile(join(home, 'task.yaml'), 'utf8')) as Content;
  const teacher = task['teacher'] as Content;
  const at = (path: unknown): string => resolve(home, String(path));
  const files = ['student', 'golden', 'seedRows', 'samples'];
  const quiet = {
    ...task,
    ...Object.fromEntries(files.map((name) => [name, at(task[name])])),
    teacher: { ...teacher, bundle: at(teacher['bundle']) },
    distillation: {
      ...{ ...(task['distillation'] as Content), schedule: null, everyRows: null },
      ...distillation,
    },
  };
  await mkdir(dir, { recursive: true });
  const path = join(dir, 'quiet-digits.yaml');
  await writeFile(path, stringify(quiet));
  return path;
}
