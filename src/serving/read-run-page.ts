import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NotFoundError } from '../errors.js';
import { evaluationFileNames } from '../report/evaluation-page.js';
import { runPageDir } from './run-page.js';
import type { RunStore } from './run-store.js';

/** Whose page is asked for: a run, or the version that one has made. */
export type PageOwner = { readonly run: string } | { readonly version: string };

/**
 * Reads a file of an evaluation page.
 *
 * @param file  one of `evaluationFileNames`.
 * @throws {NotFoundError} saying why it is not there.
 */
export async function readRunPage(
  { runsDir, runStore }: { readonly runsDir: string; readonly runStore: RunStore },
  owner: PageOwner,
  file: string,
): Promise<string> {
  const { id, state } = 'run' in owner ? runStore.get(owner.run) : runOf(runStore, owner.version);
  const name = evaluationFileNames.find((known) => known === file);
  if (name === undefined)
    throw new NotFoundError(
      `An evaluation has no file of that name; there are ${evaluationFileNames.join(', ')}.`,
      { run: id },
    );
  try {
    return await readFile(join(runPageDir(join(runsDir, id)), name), 'utf8');
  } catch (cause) {
    const why =
      state === 'running'
        ? 'It is written when the run ends.'
        : 'Runs that were killed, or are of before evaluations were written, have none; and a ' +
          'picture is there where there was something to draw.';
    throw new NotFoundError(`The run ${id} has no ${name}. ${why}`, { run: id }, { cause });
  }
}

function runOf(runStore: RunStore, version: string) {
  const run = runStore.list().find(({ candidateVersion }) => candidateVersion === version);
  if (run !== undefined) return run;
  throw new NotFoundError(
    `No run that is remembered here has made the version "${version}": it came from elsewhere, ` +
      'or its run is past the newest hundred. understudy evaluate compares any two versions.',
    { version },
  );
}
