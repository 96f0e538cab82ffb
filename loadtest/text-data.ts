import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repositoryRoot } from '../src/files/repository-root.js';
import { labelledRows } from '../src/task/labelled-rows.js';
import type { Input, TaskSpec } from '../src/task/task.js';
import { encodeText } from '../src/task/text-codec.js';

export interface TextRow {
  readonly input: Input;
  /** Index into the task's labels. */
  readonly label: number;
}

/** A public data set of labelled texts: what it was given out as. */
export interface TextData {
  readonly task: TaskSpec;
  readonly train: readonly TextRow[];
  readonly test: readonly TextRow[];
}

/** Licensed for use, not for this repository: they lie beside it. */
const dataDir = (): string => join(repositoryRoot(), '..', 'shared', 'data');

/** What is missing to read the data sets, or null. */
export const missingTextData = (): string | null =>
  existsSync(dataDir()) ? null : `${dataDir()} is not there: CLINC150 and BANKING77 belong in it.`;

interface NamedRow {
  readonly input: Input;
  readonly label: string;
}

/** 150 intents, CC BY 3.0. @see Larson et al. 2019, arXiv:1909.02027 */
export async function readClinc150(): Promise<TextData> {
  const file = await readFile(join(dataDir(), 'clinc150', 'data_full.json'), 'utf8');
  const parts = JSON.parse(file) as Record<'train' | 'test', readonly [string, string][]>;
  const named = (part: 'train' | 'test'): NamedRow[] =>
    parts[part].map(([text, label]) => ({ input: encodeText(text), label }));
  return textData('clinc150', named('train'), named('test'));
}

/** 1 000 queries of none of CLINC150's intents; their label means nothing. */
export async function readClincOutOfScope(): Promise<readonly TextRow[]> {
  const file = await readFile(join(dataDir(), 'clinc150', 'data_full.json'), 'utf8');
  const { oos_test: rows } = JSON.parse(file) as { oos_test: readonly [string, string][] };
  return rows.map(([text]) => ({ input: encodeText(text), label: 0 }));
}

/** 77 intents of a bank's customers, CC BY 4.0. @see Casanueva et al. 2020, arXiv:2003.04807 */
export async function readBanking77(): Promise<TextData> {
  const named = async (part: string): Promise<NamedRow[]> => {
    const columns = { inputColumn: 'text', labelColumn: 'category' };
    const path = join(dataDir(), 'banking77', `${part}.csv`);
    const rows: NamedRow[] = [];
    for await (const row of labelledRows(path, textInput, columns)) rows.push(row);
    return rows;
  };
  return textData('banking77', await named('train'), await named('test'));
}

const textInput = { kind: 'text', charsMax: 1000 } as const;

function textData(name: string, train: readonly NamedRow[], test: readonly NamedRow[]): TextData {
  const labels = [...new Set(train.map(({ label }) => label))].sort();
  const numberOf = new Map(labels.map((label, number) => [label, number]));
  const numbered = (rows: readonly NamedRow[]): TextRow[] =>
    rows.map(({ input, label }) => ({ input, label: numberOf.get(label)! }));
  const task: TaskSpec = { name, title: name, input: textInput, labels };
  return { task, train: numbered(train), test: numbered(test) };
}
