import { GatewayError } from '../errors.js';
import { runsAlone } from '../model/compare-runs.js';
import { tryLoadModel, type LoadedModel } from '../model/loaded-model.js';
import { measureForService } from '../model/measure-for-service.js';
import type { Measurement } from '../model/measure-model.js';
import type { RowResult } from '../model/model-runner.js';
import { inlineRunMsMax } from '../model/open-runner.js';
import { runRows } from '../model/run-rows.js';
import { listWords, type ModelSignature } from '../model/signature.js';
import { areSame, shownScores, tryModel } from '../model/try-model.js';
import type { BundleManifest } from '../registry/bundle.js';
import { readBundle, type Bundle } from '../registry/read-bundle.js';
import { unknownFieldsOf } from '../registry/unknown-fields.js';
import { exampleInputs } from '../task/example-input.js';
import { inputWords } from '../task/input-words.js';
import type { Input } from '../task/task.js';
import { checkRecordedAnswers, recordedAnswersOf } from './recorded-answers.js';
import { runRowsMax } from './run-size.js';

/** One line of what a check found. */
export interface Finding {
  readonly kind: 'ok' | 'note' | 'problem';
  readonly text: string;
}

export interface BundleCheck {
  readonly findings: readonly Finding[];
  /** Null where the manifest can not be read. */
  readonly manifest: BundleManifest | null;
  readonly measurement: Measurement | null;
}

export interface CheckListener {
  /** Told of each finding as it is made. */
  readonly onFinding?: (finding: Finding) => void;
  /** Told before each run of the model: the next word comes when it has ended. */
  readonly onRun?: () => void;
}

const exampleCount = 8;

/**
 * Does with a bundle what a gateway would do, on the calling thread, and says everything it finds:
 * files, manifest, loading, inputs and outputs, finite answers, batching, speed, recorded answers.
 * Later steps are left out where an earlier one failed.
 */
export async function checkBundle(dir: string, listener: CheckListener = {}): Promise<BundleCheck> {
  const findings: Finding[] = [];
  const add = (kind: Finding['kind'], text: string): void => {
    findings.push({ kind, text });
    listener.onFinding?.({ kind, text });
  };
  const nothing = { findings, manifest: null, measurement: null };
  let bundle: Bundle;
  try {
    bundle = await readBundle(dir);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    add('problem', error.message);
    return nothing;
  }
  const { manifest } = bundle;
  sayManifest(bundle, add);
  const { model, problems } = await tryLoadModel({ ...bundle, provider: 'cpu' });
  for (const problem of problems) add('problem', problem);
  if (model === null) return { ...nothing, manifest };
  try {
    saySignature(model.signature, add);
    const measurement = await checkModel(announcing(model, listener), bundle, add);
    return { findings, manifest, measurement };
  } finally {
    await model.close();
  }
}

type Add = (kind: Finding['kind'], text: string) => void;

function announcing(model: LoadedModel, { onRun }: CheckListener): LoadedModel {
  const run: LoadedModel['run'] = (rows, rowsMin) => {
    onRun?.();
    return model.run(rows, rowsMin);
  };
  return { ...model, run };
}

function sayManifest({ manifest, files }: Bundle, add: Add): void {
  const { model, labels, input, preprocess, output } = manifest;
  add('ok', `manifest: ${labels.length} labels, ${inputWords(input)}, ${preprocess.kind}`);
  for (const { name, meant } of unknownFieldsOf(manifest))
    add(
      'note',
      `the manifest has a field "${name}", which nobody reads` +
        (meant === null ? '' : `: is "${meant}" meant?`),
    );
  add('ok', `files: ${[model.file, ...files.keys()].join(', ')}, SHA-256 ${model.sha256}`);
  if (output.kind === 'logits')
    add('note', 'scores are taken as logits; for probabilities set output.kind');
}

function saySignature({ inputs, outputs }: ModelSignature, add: Add): void {
  add('ok', `model loads; inputs: ${listWords(inputs)}; outputs: ${listWords(outputs)}`);
}

async function checkModel(
  given: LoadedModel,
  bundle: Bundle,
  add: Add,
): Promise<Measurement | null> {
  const { manifest } = bundle;
  const recorded = recordedOf(bundle, add);
  const known = recorded.map(({ input }) => input);
  const { problems, answers } = await tryModel(given, manifest, { known, longestMsMax: Infinity });
  for (const problem of problems) add('problem', problem);
  if (problems.length > 0) return null;
  sayAnswers(answers, { kind: manifest.output.kind, isMadeUp: known.length === 0 }, add);
  const source = { ...bundle, provider: 'cpu' } as const;
  const sizes = { runRowsMax, quickRunMsMax: inlineRunMsMax };
  const inputs = known.length > 0 ? known : exampleInputs(manifest.input, exampleCount);
  const chosen = await measureForService({ source, model: given }, inputs, sizes);
  const { model, measurement } = chosen;
  sayBatching(model, measurement, add);
  if (chosen.source !== source)
    add('ok', 'for that, a few of its operations are computed for two rows where there is one');
  try {
    await checkRecordedAnswers(
      {
        version: manifest.version,
        predict: async (rows) => (await answersOf(model, rows, measurement)) as Float32Array[],
        close: async () => {},
      },
      recorded,
    );
    if (recorded.length > 0) add('ok', `gives its ${recorded.length} recorded answers again`);
  } catch (error) {
    add('problem', (error as Error).message);
  } finally {
    await model.close();
  }
  return measurement;
}

/** As a gateway runs them. */
async function answersOf(
  model: LoadedModel,
  inputs: readonly Input[],
  { batching, rowsMin }: Measurement,
): Promise<readonly RowResult[]> {
  if (!runsAlone(batching)) return runRows(model, inputs, { rowsMin });
  const results: RowResult[] = [];
  for (const input of inputs) results.push(...(await runRows(model, [input], { rowsMin })));
  return results;
}

function recordedOf(bundle: Bundle, add: Add): ReturnType<typeof recordedAnswersOf> {
  try {
    return recordedAnswersOf(bundle);
  } catch (error) {
    add('problem', (error as Error).message);
    return [];
  }
}

function sayAnswers(
  answers: readonly Float32Array[],
  { kind, isMadeUp }: { readonly kind: 'logits' | 'probabilities'; readonly isMadeUp: boolean },
  add: Add,
): void {
  // Probabilities are kept as their logarithms.
  const example = kind === 'logits' ? answers[0]! : answers[0]!.map(Math.exp);
  add('ok', `answers are finite, for example ${kind} [${shownScores(example)}]`);
  if (!areSame(answers)) return;
  const inputs = isMadeUp ? 'example inputs, which are made up,' : 'recorded inputs';
  add('note', `all ${inputs} got the very same scores: is the preprocessing right?`);
}

function sayBatching({ plan }: LoadedModel, { curve, batching, rowsMin }: Measurement, add: Add) {
  const [first, last] = [curve[0]!, curve.at(-1)!];
  const perRowMs = last.ms / last.rows;
  add(
    'ok',
    `speed: ${ms(first.ms)} ms for one row; ${ms(last.ms)} ms for ${last.rows} ` +
      `(${(first.ms / perRowMs).toFixed(1)} times the rows a second)`,
  );
  if (plan.input.fixedRows !== null)
    add(
      'note',
      `the model takes exactly ${plan.input.fixedRows} row(s) a run: export it with a dynamic ` +
        'batch axis, and rows of many requests can share a run',
    );
  if (batching === 'single')
    add(
      'note',
      'a run of several rows fails, although the batch axis is declared free: every row will run ' +
        'alone. Export it with a batch axis that really is',
    );
  else if (batching === 'coupled')
    add(
      'note',
      'the answer to a row depends on the other rows of its run (dynamic quantisation over the ' +
        'batch does that, and a sum over all axes): every row will run alone',
    );
  else if (batching === 'rounding')
    add('note', 'answers differ in their last digits by the size of the run');
  else if (rowsMin > 1)
    add('note', `runs are filled up to ${rowsMin} rows, so that answers are exact`);
  else add('ok', 'answers do not depend on the size of the run, to the last bit');
}

const ms = (duration: number): number => Number(duration.toPrecision(3));
