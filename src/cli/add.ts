import { randomUUID } from 'node:crypto';
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidBundleError } from '../errors.js';
import { checkInChild } from '../student/check-in-child.js';
import { modelWithoutManifest } from './model-without-manifest.js';
import { withTask, type ControlOptions } from './task-control.js';

/** `understudy add TASK BUNDLE`: copies a bundle in, and promotes it where that is asked for. */
export async function add(
  name: string,
  bundleDir: string,
  options: ControlOptions & { readonly promote?: boolean },
): Promise<void> {
  const model = modelWithoutManifest(bundleDir);
  if (model !== null) throw withoutManifest(model, name);
  const { findings } = await checkInChild(bundleDir);
  const problems = findings.filter(({ kind }) => kind === 'problem');
  if (problems.length > 0)
    throw new InvalidBundleError(
      `${bundleDir} can not be served:\n- ${problems.map(({ text }) => text).join('\n- ')}`,
      { problems: problems.length },
    );
  await withTask(name, options, async (task) => {
    await task.students(); // Refuses a task that is not served, before a directory is made for it.
    const incoming = `cli-${randomUUID()}`;
    const copy = join(task.incomingDir, incoming);
    await mkdir(task.incomingDir, { recursive: true });
    try {
      await cp(bundleDir, copy, { recursive: true, dereference: true });
      const { version } = await task.add(incoming);
      console.log(`${version} was added ${task.where}.`);
      if (options.promote !== true) {
        console.log(`Put it in front with: understudy promote ${name} ${version}`);
        return;
      }
      await task.promote(version);
      console.log(`${version} serves ${name} now.`);
    } finally {
      await rm(copy, { recursive: true, force: true });
    }
  });
}

function withoutManifest(model: string, task: string): InvalidBundleError {
  return new InvalidBundleError(
    `${model} has no manifest.json beside it, which says what the model takes and gives. Draft ` +
      `one: understudy check ${model}. Complete it, save it in a directory with the model, and ` +
      `add that: understudy add ${task} DIRECTORY.`,
    { file: model },
  );
}
