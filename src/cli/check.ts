import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { InvalidBundleError, InvalidConfigError } from '../errors.js';
import { chooseProvider } from '../onnx/choose-provider.js';
import { createProviderProber } from '../onnx/provider-prober.js';
import { misfitOf } from '../registry/misfit.js';
import type { Finding } from '../student/check-bundle.js';
import { checkInChild } from '../student/check-in-child.js';
import { draftManifest } from '../student/draft-manifest.js';
import { readTask } from './load-settings.js';
import { modelWithoutManifest } from './model-without-manifest.js';

export interface CheckOptions {
  /** A task file that the bundle shall fit. */
  readonly task?: string;
  /** Longest time for one run of the model, s. */
  readonly limit?: string;
}

/** `understudy check <bundle>`: says everything that stands against serving it. */
export async function checkCommand(path: string, options: CheckOptions): Promise<void> {
  const silentMsMax = limitMsOf(options.limit);
  if (await drafted(path)) return;
  const task = options.task === undefined ? null : readTask(options.task).config;
  const { findings, manifest } = await checkInChild(path, {
    ...{ onFinding: say, silentMsMax, isTrainingTold: true },
  });
  const all: Finding[] = [...findings];
  if (manifest !== null && task !== null) {
    const misfit = misfitOf(manifest, task);
    const finding: Finding =
      misfit === null
        ? { kind: 'ok', text: `fits the task ${task.name}` }
        : { kind: 'problem', text: `does not fit the task ${task.name}: ${misfit}` };
    say(finding);
    all.push(finding);
    const { refused } = await chooseProvider(task.executionProviders, createProviderProber());
    for (const { why } of refused) say({ kind: 'note', text: why });
  }
  const problems = all.filter(({ kind }) => kind === 'problem').length;
  if (problems === 0) console.log(`\n${path} can be served.`);
  else {
    console.log(`\n${path} can not be served: ${problems} problem${problems === 1 ? '' : 's'}.`);
    process.exitCode = 1;
  }
}

/** At once: what comes next may take minutes. */
function say({ kind, text }: Finding): void {
  console.log(`${kind.padEnd(8)} ${text.replaceAll('\n', `\n${' '.repeat(9)}`)}`);
}

function limitMsOf(limit = '120'): number {
  const seconds = Number(limit);
  if (seconds > 0 && seconds <= 86_400) return seconds * 1000;
  throw new InvalidConfigError(`--limit must be 0 to 86400 seconds, got "${limit}".`);
}

/** A model without a manifest: says what one could look like. */
async function drafted(path: string): Promise<boolean> {
  const model = modelWithoutManifest(path);
  if (model === null) return false;
  const config = await readFile(join(dirname(model), 'config.json'), 'utf8').catch(() => null);
  const draft = await draftManifest(await readFile(model), basename(model), config);
  if (draft.manifest === null) throw new InvalidBundleError(draft.problem);
  console.error(
    `A first draft of a manifest.json for ${model}, from what the model takes and gives; ` +
      'complete it, save it beside the model, and check the directory:\n',
  );
  console.log(JSON.stringify(draft.manifest, null, 2));
  process.exitCode = 1;
  return true;
}
