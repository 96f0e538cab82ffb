import { writeFile } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { parseTaskConfig, type TaskConfig } from '../config/task-config.js';
import { promisesRisk } from '../config/policy-schema.js';
import { resilienceSchema } from '../config/resilience-schema.js';
import { teacherOf, type TeacherConfig } from '../config/teacher-schema.js';
import { InvalidConfigError } from '../errors.js';
import type { LabelledColumns, LabelledRowOfFile } from '../task/labelled-rows.js';
import { percent, percentSet } from '../task/percent.js';
import { openLabelsTeacher } from '../teacher/labels-teacher.js';
import type { InputSpec, TextInput } from '../task/task.js';
import { certifiableWords } from './certifiable.js';
import { columnsNotes, quantityNotes } from './file-notes.js';
import { ownInputOf } from './own-input.js';
import { readRows, type ReadRows } from './read-rows.js';
import type { ReplayOptions, StreamRow } from './replay-file.js';
import { ownTaskOf, replayTaskOf } from './replay-task.js';
import { portionRows } from './send-stream.js';

export interface PlanOptions extends LabelledColumns {
  readonly file: string;
  /** A task file and its directory, or null: the file's texts and labels are the task. */
  readonly task: { readonly config: TaskConfig; readonly dir: string } | null;
  /** Starts with the task's own student. */
  readonly isWarm: boolean;
  /** Who is the teacher; without a task it is the labels. */
  readonly teacher: 'labels' | 'configured';
  readonly rowsMax: number;
  readonly isShuffled: boolean;
  readonly seed: number;
  /** Null: the task's own. */
  readonly riskMax: number | null;
  readonly delta: number | null;
  readonly costPerRowUsd: number | null;
  /** Directory for the file of labels. */
  readonly workDir: string;
}

export interface ReplayPlan extends Pick<
  ReplayOptions,
  'spec' | 'rows' | 'taskFile' | 'teacherLabels'
> {
  readonly riskMax: number;
  readonly delta: number;
  /** What there is to know before the first row, one line each. */
  readonly how: readonly string[];
}

/** Of a text: what the file's own task allows at the least. */
const charsMaxLeast = 4000;
/** As many labels as a task may have. */
const labelsMax = 10_000;
const riskMaxAssumed = 0.05;
const deltaAssumed = 0.1;

/**
 * Reads the rows of a replay and says what its gateway shall be.
 *
 * @throws {InvalidConfigError} when the file can not be read or does not go with the task.
 */
export async function planReplay(options: PlanOptions): Promise<ReplayPlan> {
  const { file, task } = options;
  if (options.isWarm && (task?.config.student ?? null) === null) throw noStudent(task);
  const labels = task?.config.labels ?? null;
  const { inputColumn } = options;
  const own =
    task === null
      ? await ownInputOf(file, options)
      : { input: task.config.input, inputColumn, notes: [], readInput: null };
  const chosen = await readRows(file, { ...options, ...own, labels });
  const config = configOf(options, own.input, chosen.rows);
  const spec = { name: config.name, input: config.input, labels: config.labels };
  const indexOf = new Map(config.labels.map((label, index) => [label, index]));
  const rows = chosen.rows.map((row) => ({ input: row.input, label: indexOf.get(row.label)! }));
  const isStandIn = task === null || options.teacher === 'labels';
  const standIn = isStandIn
    ? await standInOf(options, config, { chosen: chosen.rows, rows })
    : null;
  const student = options.isWarm ? config.student : null;
  const pathOf = (path: string): string => resolve(task?.dir ?? '.', path);
  const taskFile = replayTaskOf(config, {
    student: student && pathOf(student),
    teacher: standIn?.teacher ?? withPath(teacherOf(config), pathOf),
    pathOf,
  });
  const { riskMax, delta } = config.policy;
  const teacherLine = standIn?.about ?? `${teacherOf(config).name}, as the task file has it`;
  const notes = [
    ...columnsNotes(chosen.columns),
    ...own.notes,
    ...(task === null ? quantityNotes(config.labels) : []),
  ];
  const how = howOf(options, { ...chosen, config, teacherLine, student, notes });
  return { spec, rows, taskFile, teacherLabels: standIn?.labels ?? null, riskMax, delta, how };
}

const noStudent = (task: PlanOptions['task']): InvalidConfigError =>
  new InvalidConfigError(
    `--warm starts with the task's own student, and ${task?.config.name ?? 'a file alone'} has ` +
      'none. Leave --warm out, or name a task with a student: --task.',
  );

/** The task of the file's own inputs and labels, or the given one; what the command says wins. */
function configOf(
  options: PlanOptions,
  input: InputSpec,
  rows: readonly LabelledRowOfFile[],
): TaskConfig {
  const { task, file, seed } = options;
  const riskMax = options.riskMax ?? task?.config.policy.riskMax ?? riskMaxAssumed;
  const delta = options.delta ?? task?.config.policy.delta ?? deltaAssumed;
  const content: Record<string, unknown> =
    task === null
      ? ownTaskOf({
          name: taskNameOf(file),
          input: input.kind === 'text' ? { ...input, charsMax: charsMaxOf(input, rows) } : input,
          labels: labelsOf(file, rows),
          target: { riskMax, delta },
          rows: rows.length,
          seed,
        })
      : { ...task.config };
  const policy = { ...(content['policy'] as object | undefined), riskMax, delta };
  return parseTaskConfig({ ...content, policy }, file);
}

/** Writes the rows' labels into a file of their own, for a teacher that reads them there. */
async function standInOf(
  { workDir, costPerRowUsd, file }: PlanOptions,
  task: TaskConfig,
  { chosen, rows }: { chosen: readonly LabelledRowOfFile[]; rows: readonly StreamRow[] },
) {
  const { name, input, labels } = task;
  const path = join(workDir, 'labels.jsonl');
  const encoding = input.kind === 'text' ? 'utf8' : 'base64';
  const lines = chosen.map((row) =>
    JSON.stringify({ input: Buffer.from(row.input).toString(encoding), label: row.label }),
  );
  await writeFile(path, `${lines.join('\n')}\n`);
  const config = {
    kind: 'labels' as const,
    name: `labels of ${basename(file)}`.slice(0, 100),
    file: path,
    inputColumn: null,
    labelColumn: null,
    costPerRowUsd: costPerRowUsd ?? teacherOf(task).costPerRowUsd,
    resilience: resilienceSchema.parse({}),
  };
  const opened = await openLabelsTeacher({ name, input, labels }, config);
  const answers = await opened.teacher.label(rows.map((row) => row.input));
  return { teacher: config, about: opened.about, labels: answers.map(({ label }) => label) };
}

function withPath(teacher: TeacherConfig, pathOf: (path: string) => string): TeacherConfig {
  if (teacher.kind === 'onnx') return { ...teacher, bundle: pathOf(teacher.bundle) };
  return teacher.kind === 'labels' ? { ...teacher, file: pathOf(teacher.file) } : teacher;
}

function howOf(
  { file, isShuffled, seed, rowsMax }: PlanOptions,
  told: ReadRows & {
    readonly config: TaskConfig;
    readonly teacherLine: string;
    readonly student: string | null;
    readonly notes: readonly string[];
  },
): readonly string[] {
  const { rows, rowsRead, config, teacherLine, student } = told;
  const { riskMax, delta, mode, coldHoldoutRate } = config.policy;
  const { inputsInAll: inputs } = told;
  const chosen = rowsRead > rows.length ? ` (of more: --rows ${rowsMax})` : '';
  const order = isShuffled
    ? `shuffled with seed ${seed} (--no-shuffle keeps the file's order)`
    : "in the file's order";
  return [
    `${rows.length} rows${chosen} of ${basename(file)}, ${config.labels.length} labels, ${order}`,
    ...told.notes,
    ...told.leftOut,
    `teacher: ${teacherLine}`,
    student === null ? 'a cold start: no student' : "a warm start: the task's own student",
    `promise: at most ${percentSet(riskMax)} of the student's answers differ from the teacher's, ` +
      `with ${percentSet(1 - delta)} certainty${overInputs(told)}`,
    ...(promisesRisk(mode)
      ? [certifiableWords({ riskMax, delta }, { inputs, holdoutRate: coldHoldoutRate })]
      : []),
    `real traffic takes days for what is sent in a minute: after each ${portionRows} rows the ` +
      'replay waits for the labels and the distillation runs that they have set off',
  ];
}

/** From this share of repeats on, rows and inputs are told apart. */
const repeatsShareMin = 0.01;

function overInputs({ rows, inputsInAll }: ReadRows): string {
  const share = 1 - inputsInAll / rows.length;
  return share > repeatsShareMin
    ? `, over different inputs: ${percent(share)} of the rows repeat an earlier one's`
    : '';
}

/** Texts that are longer than usual are part of the file's task. Bytes of UTF-8 count, too. */
function charsMaxOf({ charsMax }: TextInput, rows: readonly LabelledRowOfFile[]): number {
  const longest = rows.reduce((most, { input }) => Math.max(most, input.byteLength), 0);
  return Math.min(charsMax, Math.max(charsMaxLeast, longest));
}

/** In the order of the alphabet: the same file, the same task, however it is shuffled. */
function labelsOf(file: string, rows: readonly LabelledRowOfFile[]): readonly string[] {
  const labels = [...new Set(rows.map(({ label }) => label))].sort();
  if (labels.length > labelsMax)
    throw new InvalidConfigError(
      `${file} has ${labels.length} different labels, a task has ${labelsMax} at most. Name the ` +
        'column of the labels with --label-column.',
    );
  if (labels.length > 1) return labels;
  throw new InvalidConfigError(
    `Every row of ${file} has the label "${labels[0]}": there is nothing to tell ` +
      'apart. Replay more rows, or name the column of the labels with --label-column.',
  );
}

/** A file's name as the name of a task. */
function taskNameOf(file: string): string {
  const words = basename(file, extname(file))
    .toLowerCase()
    .match(/[a-z0-9]+/g) ?? ['replay'];
  return words.join('-').slice(0, 63).replace(/-$/, '');
}
