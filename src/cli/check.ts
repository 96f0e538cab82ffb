import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { InvalidBundleError } from '../errors.js';
import { misfitOf } from '../serving/misfit.js';
import { checkBundle, type Finding } from '../student/check-bundle.js';
import { draftManifest } from '../student/draft-manifest.js';
import { readTask } from './load-settings.js';

export interface CheckOptions {
  /** A task file that the bundle shall fit. */
  readonly task?: string;
}

/** `understudy check <bundle>`: says everything that stands against serving it. */
export async function checkCommand(dir: string, options: CheckOptions): Promise<void> {
  if (await drafted(dir)) return;
  const { findings, manifest } = await checkBundle(dir);
  const all: Finding[] = [...findings];
  if (manifest !== null && options.task !== undefined) {
    const { config: spec } = readTask(options.task);
    const misfit = misfitOf(manifest, spec);
    all.push(
      misfit === null
        ? { kind: 'ok', text: `fits the task ${spec.name}` }
        : { kind: 'problem', text: `does not fit the task ${spec.name}: ${misfit}` },
    );
  }
  for (const { kind, text } of all) console.log(`${kind.padEnd(8)} ${indented(text)}`);
  const problems = all.filter(({ kind }) => kind === 'problem').length;
  if (problems === 0) console.log(`\n${dir} can be served.`);
  else {
    console.log(`\n${dir} can not be served: ${problems} problem${problems === 1 ? '' : 's'}.`);
    process.exitCode = 1;
  }
}

const indented = (text: string): string => text.replaceAll('\n', `\n${' '.repeat(9)}`);

/** A model without a manifest: says what one could look like. */
async function drafted(dir: string): Promise<boolean> {
  const isModel = dir.endsWith('.onnx');
  const model = isModel ? dir : join(dir, 'model.onnx');
  if (!existsSync(model) || (!isModel && existsSync(join(dir, 'manifest.json')))) return false;
  const draft = await draftManifest(await readFile(model), basename(model));
  if (draft.manifest === null) throw new InvalidBundleError(draft.problem);
  console.log(
    `A first draft of a manifest.json for ${model}, from what the model takes and gives; ` +
      'complete it, save it beside the model, and check the directory:\n',
  );
  console.log(JSON.stringify(draft.manifest, null, 2));
  process.exitCode = 1;
  return true;
}
