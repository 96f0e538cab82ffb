import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { CancelledError, InvalidConfigError, TeacherFailedError } from '../errors.js';
import { labelledRows, type LabelledColumns } from '../task/labelled-rows.js';
import type { Input, TaskSpec } from '../task/task.js';
import { inputKeyOf } from './input-key.js';
import type { Teacher, TeacherAnswer } from './teacher.js';

/** Different inputs of a file at most: about 150 bytes of memory each. */
const inputsMax = 2_000_000;

export interface LabelsTeacherOptions extends LabelledColumns {
  readonly name: string;
  readonly costPerRowUsd: number;
  readonly file: string;
}

export interface LabelsTeacher {
  readonly teacher: Teacher;
  /** One line: how many inputs it knows, and of how many the file itself is not sure. */
  readonly about: string;
}

/**
 * Opens a file of labels that stands in for a teacher: for replays, and for data that has been
 * labelled already. It answers an input that is in the file with its label and nothing else (no
 * probabilities), and fails for any other input. Where rows of equal inputs differ, the majority's
 * label is the answer (of labels as frequent, the one that comes first). Its version is a hash of
 * the file and of how it is read, so that certificates are bound to its content.
 *
 * @throws {InvalidConfigError} when the file can not be read, or has a label that the task lacks.
 */
export async function openLabelsTeacher(
  spec: Pick<TaskSpec, 'name' | 'input' | 'labels'>,
  options: LabelsTeacherOptions,
): Promise<LabelsTeacher> {
  const { name, costPerRowUsd, file } = options;
  const { labelByInput, conflicts } = await readLabels(spec, options);
  const version = await versionOf(options);

  function answerTo(input: Input): TeacherAnswer {
    const label = labelByInput.get(inputKeyOf(input));
    if (label !== undefined) return { label, probabilities: null, costUsd: costPerRowUsd };
    throw new TeacherFailedError(
      `Teacher ${name} knows only the ${labelByInput.size} inputs of ${basename(file)}, and this ` +
        'is none of them. Send inputs of that file, or give the task another teacher.',
      { inputsKnown: labelByInput.size },
    );
  }

  const sure = `the labels of ${labelByInput.size} inputs`;
  const about = conflicts === 0 ? sure : `${sure} (${conflicts} with several: the majority's)`;
  return {
    teacher: {
      name,
      version,
      costPerRowUsd,
      label: async (inputs, signal) => {
        if (signal?.aborted === true) throw new CancelledError('Its caller has given up.');
        return inputs.map(answerTo);
      },
      close: async () => {},
    },
    about,
  };
}

/** How often each label stands beside an input that occurs more than once. */
type Votes = Map<number, number>;

async function readLabels(
  { name, input, labels }: Pick<TaskSpec, 'name' | 'input' | 'labels'>,
  options: LabelsTeacherOptions,
) {
  const indexOf = new Map(labels.map((label, index) => [label.trim(), index]));
  const labelByInput = new Map<string, number>();
  const repeated = new Map<string, Votes>();
  for await (const row of labelledRows(options.file, input, options)) {
    const label = indexOf.get(row.label);
    if (label === undefined)
      throw new InvalidConfigError(
        `${options.file} has the label "${row.label}", which is none of the task's (${name}). ` +
          'Add it to the labels of the task, or take its rows out.',
      );
    const key = inputKeyOf(row.input);
    const known = labelByInput.get(key);
    if (known === undefined) labelByInput.set(key, label);
    else count(repeated, key, { first: known, label });
    if (labelByInput.size > inputsMax)
      throw new InvalidConfigError(
        `${options.file} has more than ${inputsMax} different inputs. Use a part of it.`,
      );
  }
  const conflicting = [...repeated].filter(([, votes]) => votes.size > 1);
  for (const [key, votes] of conflicting) labelByInput.set(key, majorityOf(votes));
  return { labelByInput, conflicts: conflicting.length };
}

function count(
  repeated: Map<string, Votes>,
  key: string,
  { first, label }: { readonly first: number; readonly label: number },
): void {
  const votes = repeated.get(key) ?? new Map([[first, 1]]);
  votes.set(label, (votes.get(label) ?? 0) + 1);
  repeated.set(key, votes);
}

function majorityOf(votes: Votes): number {
  let most: [number, number] = [-1, 0];
  for (const vote of votes) if (vote[1] > most[1]) most = vote; // In the order of the file.
  return most[0];
}

async function versionOf(options: LabelsTeacherOptions): Promise<string> {
  const { file, inputColumn, labelColumn } = options;
  const content = createHash('sha256').update(JSON.stringify([inputColumn, labelColumn]));
  for await (const chunk of createReadStream(file)) content.update(chunk as Buffer);
  return `labels-${content.digest('hex').slice(0, 12)}`;
}
