import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { compareOnDisk, studentsDirOf } from '../compose-evaluation.js';
import type { TaskSource } from '../compose.js';
import { InvalidInputError, UnknownTaskError } from '../errors.js';
import { codeVersion } from '../files/code-version.js';
import type { EvaluationDetailsJson, PairedJson } from '../http/api-types-evaluation.js';
import { findVersion, versionsIn } from '../registry/find-version.js';
import { evaluationFileNames, evaluationPage } from '../report/evaluation-page.js';
import { testWords } from '../report/figures.js';
import { summaryTable } from '../report/summary-section.js';
import { plainTable } from '../report/table.js';
import { writePage } from '../report/write-page.js';
import { yieldToAll } from '../threads/yield-to-all.js';
import { loadSettings } from './load-settings.js';
import { requireDataDir, type ControlOptions } from './task-control.js';

export interface EvaluateOptions extends ControlOptions {
  readonly task?: string;
  readonly out?: string;
}

/** `understudy evaluate A B`: two versions on the same rows, as a table and as a page. */
export async function evaluate(
  student: string,
  other: string,
  options: EvaluateOptions,
): Promise<void> {
  const flags = { UNDERSTUDY_DATA_DIR: options.dataDir };
  const { config, sources } = loadSettings({ file: options.config, flags });
  const { dataDir } = config;
  requireDataDir(dataDir);
  const chosen = await chooseTask(sources, dataDir, { student, other, task: options.task });
  const { source, versions } = chosen;
  const out = resolve(options.out ?? `evaluation-${versions.student}-${versions.other}`);
  await requireOwnFolder(out);
  yieldToAll(); // Serving comes first, as beside a distillation run.
  const details = await compareOnDisk(source, config, versions);
  console.log(wordsOf(details));
  await writePage(
    out,
    evaluationPage({
      format: 'understudy-evaluation/1',
      task: source.config.name,
      codeVersion: codeVersion(),
      madeAtMs: Date.now(),
      ...{ run: null, gates: [], dataset: null, snapshot: null, training: null, curve: null },
      compression: null,
      details,
    }),
  );
  console.log(`\nWritten into ${out}: evaluation.md, its pictures, and evaluation.json.`);
}

interface Chosen {
  readonly source: TaskSource;
  readonly versions: { readonly student: string; readonly other: string };
}

/** The task that is named, or the only one that has both versions. */
async function chooseTask(
  sources: readonly TaskSource[],
  dataDir: string,
  typed: { readonly student: string; readonly other: string; readonly task: string | undefined },
): Promise<Chosen> {
  const names = sources.map(({ config }) => config.name);
  if (typed.task !== undefined && !names.includes(typed.task))
    throw new UnknownTaskError(typed.task, names);
  const open = sources.filter(({ config }) => [undefined, config.name].includes(typed.task));
  const found: Chosen[] = [];
  let failure: unknown;
  for (const source of open) {
    const versions = await versionsIn(studentsDirOf(dataDir, source.config.name));
    try {
      const student = findVersion(versions, typed.student);
      found.push({ source, versions: { student, other: findVersion(versions, typed.other) } });
    } catch (error) {
      failure = error;
    }
  }
  const [only, another] = found;
  if (only === undefined) throw failure;
  if (another !== undefined) {
    const having = found.map(({ source }) => source.config.name).join(', ');
    throw new InvalidInputError(`Say which task with --task: ${having} have both versions.`, {
      ...{ field: '--task', expected: `one of ${having}`, got: 'nothing' },
    });
  }
  requireTwo(only.versions);
  return only;
}

function requireTwo({ student, other }: Chosen['versions']): void {
  if (student !== other) return;
  throw new InvalidInputError(`Name two versions: ${student} is the same as itself.`, {
    ...{ field: 'version', expected: 'another version', got: other },
  });
}

/** What is written replaces the folder: it must be one of ours, or a new one. */
async function requireOwnFolder(out: string): Promise<void> {
  const own: readonly string[] = evaluationFileNames;
  const foreign = (await readdir(out).catch((): string[] => [])).find(
    (name) => !own.includes(name),
  );
  if (foreign === undefined) return;
  throw new InvalidInputError(
    `${out} holds ${foreign}, which is no file of an evaluation. Name another folder with --out.`,
    { field: '--out', expected: 'a new folder, or one of an evaluation', got: out },
  );
}

function wordsOf(details: EvaluationDetailsJson): string {
  const { student, other, agreement, accuracy, rows } = details;
  const names = { student: student.version, other: other!.version };
  const tested = (what: string, paired: PairedJson | null): string[] =>
    paired === null ? [] : [`${what}: ${testWords(paired, names)}.`];
  const leftOut =
    rows.goldenTrainedOn === 0
      ? ''
      : `; ${rows.goldenTrainedOn} golden rows are left out, as rows to train on equal them`;
  return [
    plainTable(summaryTable(details)),
    '',
    ...tested('Agreement', agreement),
    ...tested('Accuracy', accuracy),
    `No student was trained on these rows: holdout rows that choose, and golden ones${leftOut}.`,
  ].join('\n');
}
